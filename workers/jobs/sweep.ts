/**
 * The sweep: sends the jobs of overdue outbox rows again, moves old training data, and counts what
 * waits. Cron sends it as messages, each for a range of shards; a range splits until each message is for
 * one shard. So no invocation asks all shards, and a shard that is down stops the sweep of no other.
 */
import type { DueJobStore } from "../../db/store.ts";
import { idFloor } from "../../feed/ids.ts";
import type { SweepJob } from "../../feed/delivery/jobs.ts";
import { sweepJob } from "../../feed/delivery/new-jobs.ts";
import { cutRange, type ShardRange } from "../../feed/delivery/shard-ranges.ts";
import {
  BUCKETS,
  OUTBOX_RESEND_MS,
  SWEEP_MAX_ROWS,
  SWEEP_SPLIT_MAX,
  TRAINING_FORGET_ROWS,
  TRAINING_KEPT_MS,
} from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { moveOldPages } from "../engagement/old-training.ts";
import { linkOldReposts } from "./old-reposts.ts";

/** Starts a sweep of all shards, as cron does every minute. @throws QueueUnavailable */
export async function startSweep(deps: Deps): Promise<void> {
  await sendSweeps(deps, { from: 0, to: sweptShards(deps) });
}

/** Sweeps one shard, or sends the sweeps of several. @throws StoreUnavailable, QueueUnavailable */
export async function runSweepJob(deps: Deps, job: SweepJob): Promise<void> {
  if (job.to - job.from > 1) await sendSweeps(deps, job);
  else await sweepShard(deps, job.from);
}

/** How many shards a sweep concerns: those whose jobs may be due, and those of old training data. */
export function sweptShards({ store, oldTraining }: Pick<Deps, "store" | "oldTraining">): number {
  return Math.max(store.dueJobs === null ? 0 : store.shards, oldTraining.shards);
}

/**
 * Sweeps one shard of the store, and the one of old training data with the same number. The first one
 * also deletes what has expired in the training log. Each part is done whether the others fail or not.
 * @returns how many jobs were sent again
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function sweepShard(deps: Deps, shard: number): Promise<number> {
  const { store, oldTraining } = deps;
  const [dueJobs, oldReposts] =
    shard < store.shards ? [store.dueJobs, store.oldReposts] : [null, null];
  const nothing = Promise.resolve();
  const sending = dueJobs === null ? Promise.resolve(0) : sendDue(deps, dueJobs, shard);
  const others = [
    dueJobs === null ? nothing : recordBacklog(deps, dueJobs, shard),
    oldReposts === null ? nothing : linkOldReposts(deps, oldReposts, shard),
    shard < oldTraining.shards ? moveOldPages(deps, shard) : nothing,
    shard === 0 ? deleteExpired(deps) : nothing,
  ];
  await Promise.allSettled([sending, ...others]);
  await Promise.all(others);
  return sending;
}

async function sendSweeps(deps: Deps, range: ShardRange): Promise<void> {
  const ranges = cutRange(range, SWEEP_SPLIT_MAX);
  // Neighbouring buckets have different queues.
  await deps.queues.send(ranges.map((part) => sweepJob(deps.drawId(part.from % BUCKETS), part)));
}

/** Sends the jobs of a shard that are due, whose messages may be lost. @returns how many they are */
async function sendDue(deps: Deps, dueJobs: DueJobStore, shard: number): Promise<number> {
  const due = await dueJobs.takeDue(shard, deps.nowMs(), OUTBOX_RESEND_MS, SWEEP_MAX_ROWS);
  await deps.queues.sendSwept(due);
  deps.meter.count("swept", null, due.length);
  if (due.length > 0) console.warn(`sweep: sent ${due.length} jobs again`);
  return due.length;
}

/** Records how many jobs and dead letters a shard has. */
async function recordBacklog(deps: Deps, dueJobs: DueJobStore, shard: number): Promise<void> {
  const { meter, store } = deps;
  const [rows, letters] = await Promise.all([
    dueJobs.waiting(shard),
    store.deadLetters.count(shard),
  ]);
  meter.gauge("outbox_rows", String(shard), rows);
  meter.gauge("dead_letters", String(shard), letters);
}

/** Deletes data that is too old to train with, a bounded number of rows at a time. */
async function deleteExpired(deps: Deps): Promise<void> {
  const before = idFloor(deps.nowMs() - TRAINING_KEPT_MS);
  await deps.trainingLog.deleteBefore(before, TRAINING_FORGET_ROWS);
}
