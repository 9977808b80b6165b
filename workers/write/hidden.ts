/** Whom mutes and blocks keep apart, as the store has it. */
import type { UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";

/** Those of some accounts that the viewer has muted, or that either of the two has blocked. */
export async function hiddenFrom(
  deps: Deps,
  viewer: UserId,
  others: readonly UserId[],
): Promise<Set<UserId>> {
  return new Set((await standing(deps, viewer, others)).map((relation) => relation.target));
}

/** Whether one of two accounts has blocked the other. */
export async function isBlocked(deps: Deps, actor: UserId, other: UserId): Promise<boolean> {
  const relations = await standing(deps, actor, [other]);
  return relations.some((relation) => relation.kind !== "mute");
}

async function standing(deps: Deps, viewer: UserId, others: readonly UserId[]) {
  const relations = await deps.store.relations.relations(viewer, [...new Set(others)]);
  return relations.filter((relation) => relation.active);
}
