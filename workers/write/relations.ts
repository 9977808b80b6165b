/** Mutes and blocks: propagated before the answer, and by the sweep if that fails. */
import { relationJob } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";
import { markForExport } from "../export/event-queue.ts";
import { drawIds } from "../draw-ids.ts";
import { finishJobs } from "../jobs/finish.ts";
import { runRelationJob } from "../jobs/relation.ts";

/** A mute or block as its actor wants it to be. */
export interface RelationRequest {
  actor: UserId;
  kind: "mute" | "block";
  target: UserId;
  active: boolean;
}

/**
 * Sets or removes a mute or block; safe to repeat.
 * @returns "too_many" if the actor has as many of the kind as an account may have; "no_account" if an account that is not
 * active wants a new one
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function setRelation(
  deps: Deps,
  request: RelationRequest,
): Promise<"done" | "too_many" | "no_account"> {
  const { actor, kind, target, active } = request;
  if (active && !(await deps.store.accounts.byIds([actor])).has(actor)) return "no_account";
  const { written, job } = await drawIds(async () => {
    const unmarked = relationJob(deps.newId(actor), actor, target);
    // Only a block undoes follows, and only these are exported.
    const undoesFollows = kind === "block" && active;
    const marked = undoesFollows ? markForExport(deps.events, "block", unmarked) : unmarked;
    const change = { ...request, nowMs: deps.nowMs() };
    const stored = await deps.store.relations.setRelation(change, marked);
    // An unchanged relation exports no event but is propagated again.
    return { written: stored, job: stored.changed ? marked : unmarked };
  });
  if (active && !written.active) return "too_many";
  await runRelationJob(deps, job);
  await finishJobs(deps, [job]);
  return "done";
}
