/** The sweep: sends the jobs of overdue outbox rows again, and deletes expired training data. */
import { idFloor } from "../../feed/ids.ts";
import {
  OUTBOX_RESEND_MS,
  SWEEP_MAX_ROWS,
  TRAINING_FORGET_ROWS,
  TRAINING_KEPT_MS,
} from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { linkOldReposts } from "./old-reposts.ts";

/**
 * Sends the jobs that are due, whose messages may be lost. @returns how many jobs were sent
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function sweep(deps: Deps): Promise<number> {
  const due = await deps.store.outbox.takeDue(deps.nowMs(), OUTBOX_RESEND_MS, SWEEP_MAX_ROWS);
  await deps.queues.sendSwept(due);
  deps.meter.count("swept", null, due.length);
  if (due.length > 0) console.warn(`sweep: sent ${due.length} jobs again`);
  await deleteExpired(deps);
  for (let shard = 0; shard < deps.store.shards; shard++) await linkOldReposts(deps, shard);
  return due.length;
}

/** Deletes data that is too old to train with, a bounded number of rows at a time. */
async function deleteExpired(deps: Deps): Promise<void> {
  const before = idFloor(deps.nowMs() - TRAINING_KEPT_MS);
  await deps.training.deleteBefore(before, TRAINING_FORGET_ROWS);
}
