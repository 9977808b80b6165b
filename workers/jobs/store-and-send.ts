import type { Job } from "../../feed/delivery/jobs.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/**
 * Writes jobs to the outbox and then sends them, so that none is lost.
 * @param delayS seconds until they are to begin
 * @throws StoreUnavailable, QueueUnavailable, IdTaken
 */
export async function storeAndSend(deps: Deps, jobs: readonly Job[], delayS = 0): Promise<void> {
  if (jobs.length === 0) return;
  await deps.store.outbox.put(jobs, deps.nowMs() + delayS * 1000 + OUTBOX_DUE_MS);
  await deps.queues.send(jobs, delayS);
}
