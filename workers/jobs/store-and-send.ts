import type { Job } from "../../feed/delivery/jobs.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/**
 * Writes jobs to the outbox and then sends them, so that none is lost.
 * @throws StoreUnavailable, QueueUnavailable, IdTaken
 */
export async function storeAndSend(deps: Deps, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
  await deps.queues.send(jobs);
}
