/** Accounts that mutes and blocks hide, read from the store, and what of replies that leaves. */
import type { Relation } from "../db/store.ts";
import type { UserId } from "../feed/ids.ts";
import type { PostBody } from "../feed/timeline/entry.ts";
import { postSeenBy } from "../feed/timeline/parents.ts";
import type { Deps } from "./deps.ts";
import { readParents } from "./parents.ts";

/**
 * The accounts among `others` that the viewer has muted, or that have blocked or are blocked by the
 * viewer. @throws StoreUnavailable
 */
export async function hiddenFrom(
  deps: Deps,
  viewer: UserId,
  others: readonly UserId[],
): Promise<Set<UserId>> {
  const relations = await activeRelations(deps, viewer, others);
  return new Set(relations.map((relation) => relation.target));
}

/** How an actor stands to another account: `blocked` if either has blocked the other. @throws StoreUnavailable */
export async function relationTo(
  deps: Deps,
  actor: UserId,
  other: UserId,
): Promise<"muted" | "blocked" | null> {
  const relations = await activeRelations(deps, actor, [other]);
  if (relations.length === 0) return null;
  return relations.some((relation) => relation.kind !== "mute") ? "blocked" : "muted";
}

/** Whether one of two accounts has blocked the other. @throws StoreUnavailable */
export async function isBlocked(deps: Deps, actor: UserId, other: UserId): Promise<boolean> {
  return (await relationTo(deps, actor, other)) === "blocked";
}

async function activeRelations(
  deps: Deps,
  viewer: UserId,
  others: readonly UserId[],
): Promise<Relation[]> {
  if (others.length === 0) return [];
  const relations = await deps.store.relations.relations(viewer, [...new Set(others)]);
  return relations.filter((relation) => relation.active);
}

/** Posts with their parents as far as the viewer sees the parents' authors. */
export async function withVisibleParents(
  deps: Deps,
  posts: readonly PostBody[],
  viewer: UserId | null,
): Promise<PostBody[]> {
  const answered = posts.flatMap(({ replyTo }) => (replyTo === null ? [] : [replyTo.author]));
  const hidden = viewer === null ? new Set() : await hiddenFrom(deps, viewer, answered);
  return readParents(
    deps,
    posts.map((post) => postSeenBy(post, (user) => hidden.has(user))),
  );
}
