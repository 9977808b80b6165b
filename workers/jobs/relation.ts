/**
 * Mutes and blocks: the actor's side in the store is the truth. A block is brought to the target's
 * side first, where it undoes the target's follow and keeps it from coming back; then the follows
 * that it undid, then both timelines.
 */
import type { Relation } from "../../db/store.ts";
import type { RelationJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { bringEdges } from "./edges.ts";

/** Does a relation job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runRelationJob(deps: Deps, job: RelationJob): Promise<void> {
  const { actor, target } = job;
  const relations = await deps.store.relations.relations(actor, [target]);
  for (const relation of relations) {
    if (relation.kind === "block") await bringBlock(deps, relation);
    if (relation.kind !== "blocked_by") await tell(deps, actor, relation);
  }
}

async function bringBlock(deps: Deps, block: Relation): Promise<void> {
  const { actor, target, active, version } = block;
  await deps.store.relations.applyBlock(block, deps.nowMs());
  if (active) {
    const pairs = [
      { follower: actor, followee: target },
      { follower: target, followee: actor },
    ];
    await bringEdges(deps, await deps.store.graph.edges(pairs), null);
  }
  await tell(deps, target, { kind: "blocked_by", target: actor, active, version });
}

async function tell(deps: Deps, owner: string, relation: Omit<Relation, "actor">): Promise<void> {
  const { kind, target, active, version } = relation;
  const woken = await deps.store.graph.woken([owner]);
  if (!woken.has(owner)) return;
  await deps.homes.call(owner, (home) => home.setRelation({ kind, target, active, version }));
}
