/**
 * Mutes and blocks: the actor's side in the store is the source of truth. A block is applied to the
 * target's side first, where it undoes the target's follow and keeps it from coming back. The
 * follows that it undid are propagated next, then both timelines are updated.
 */
import type { Relation } from "../../db/store.ts";
import type { UserId } from "../../feed/ids.ts";
import type { RelationJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { propagateEdges } from "./edges.ts";

/** Runs a relation job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runRelationJob(deps: Deps, job: RelationJob): Promise<void> {
  const { actor, target } = job;
  const relations = await deps.store.relations.relations(actor, [target]);
  for (const relation of relations) {
    if (relation.kind === "block") await propagateBlock(deps, relation);
    if (relation.kind !== "blocked_by") await updateTimeline(deps, actor, relation);
  }
}

async function propagateBlock(deps: Deps, block: Relation): Promise<void> {
  const { actor, target, active, version } = block;
  await deps.store.relations.applyBlock(block, deps.nowMs());
  if (active) {
    const pairs = [
      { follower: actor, followee: target },
      { follower: target, followee: actor },
    ];
    await propagateEdges(deps, await deps.store.graph.edges(pairs), null);
  }
  await updateTimeline(deps, target, { kind: "blocked_by", target: actor, active, version });
}

/** Sends a relation to its owner's timeline, if that has ever been read. */
async function updateTimeline(
  deps: Deps,
  owner: UserId,
  relation: Omit<Relation, "actor">,
): Promise<void> {
  const { kind, target, active, version } = relation;
  const woken = await deps.store.graph.woken([owner]);
  if (!woken.has(owner)) return;
  await deps.homes.call(owner, (home) => home.setRelation({ kind, target, active, version }));
}
