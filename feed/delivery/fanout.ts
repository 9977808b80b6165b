/**
 * How one change becomes deliveries: parts by follower bucket, queues by arithmetic, one call per
 * recipient for all jobs of a batch, and what to try again when.
 */
import type { Delivery } from "../timeline/entry.ts";
import { idBucket, type UserId } from "../ids.ts";
import type { BucketRange, FanoutJob } from "./jobs.ts";
import { BUCKETS, FOLLOWERS_PER_PART, JOB_RETRY_BASE_S, JOB_RETRY_MAX_S } from "../limits.ts";

/**
 * Cuts an author's followers into parts of about `FOLLOWERS_PER_PART` by ranges of follower
 * buckets (both ends included). No list of followers is needed, and the ranges cover every bucket
 * exactly once, so followers who come while the parts are under way are in one of them too.
 */
export function planParts(followers: number): BucketRange[] {
  const parts = Math.min(BUCKETS, Math.max(1, Math.ceil(followers / FOLLOWERS_PER_PART)));
  return Array.from({ length: parts }, (_, part) => [
    Math.floor((part * BUCKETS) / parts),
    Math.floor(((part + 1) * BUCKETS) / parts) - 1,
  ]);
}

/** Which of `queues` queues carries a part: spreads authors, and the parts of one author too. */
export function queueOf(author: UserId, part: number, queues: number): number {
  return (idBucket(author) + part) % queues;
}

/** A job with the followers it has to reach. */
export interface Planned {
  job: FanoutJob;
  recipients: readonly UserId[];
  /** The author's, read before the recipients were. */
  epoch: number;
}

/** All changes for each recipient, so that a batch of jobs makes one call per recipient. */
export function groupByRecipient(planned: readonly Planned[]): Map<UserId, Delivery[]> {
  const changes = new Map<UserId, Delivery[]>();
  for (const { job, recipients, epoch } of planned) {
    const delivery = { ...job.change, epoch };
    for (const recipient of recipients) {
      const known = changes.get(recipient);
      if (known === undefined) changes.set(recipient, [delivery]);
      else known.push(delivery);
    }
  }
  return changes;
}

/** The job that is left of `job`, as part `part`, when only `failed` have not answered. */
export function retryOf(job: FanoutJob, failed: readonly UserId[], part: number): FanoutJob {
  // What the job tells is told when its own row goes.
  const { tells: _, ...rest } = job;
  return { ...rest, part, only: [...failed], attempt: job.attempt + 1 };
}

/** Seconds to wait before attempt `attempt` (the second try is attempt 1): doubling, bounded. */
export function retryDelayS(attempt: number): number {
  return Math.min(JOB_RETRY_MAX_S, JOB_RETRY_BASE_S * 2 ** Math.max(0, attempt - 1));
}
