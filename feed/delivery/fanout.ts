/**
 * How one change becomes deliveries: parts by follower bucket, queues by arithmetic, one call per
 * recipient for all jobs of a batch, and the retry of those who did not answer.
 */
import type { Delivery } from "../timeline/entry.ts";
import { idBucket, type UserId } from "../ids.ts";
import type { BucketRange, FanoutJob } from "./jobs.ts";
import { BUCKETS, FOLLOWERS_PER_PART, JOB_RETRY_BASE_S, JOB_RETRY_MAX_S } from "../limits.ts";

/**
 * Cuts an author's followers into parts of about `FOLLOWERS_PER_PART` by ranges of follower
 * buckets (both ends included). No list of followers is needed, and the ranges cover every bucket
 * exactly once, so a follower who comes while the parts are under way is in one of them too.
 */
export function planParts(followers: number): BucketRange[] {
  const parts = Math.min(BUCKETS, Math.max(1, Math.ceil(followers / FOLLOWERS_PER_PART)));
  return Array.from({ length: parts }, (_, part) => [
    Math.floor((part * BUCKETS) / parts),
    Math.floor(((part + 1) * BUCKETS) / parts) - 1,
  ]);
}

/**
 * The index of the queue, of `queues` queues, that carries a part. It spreads authors, and also the
 * parts of one author.
 */
export function queueOf(author: UserId, part: number, queues: number): number {
  return (idBucket(author) + part) % queues;
}

/** A job with the recipients it has to reach. */
export interface PlannedJob {
  job: FanoutJob;
  recipients: readonly UserId[];
  /** The author's epoch, read before the recipients were. */
  epoch: number;
}

/**
 * All changes for each recipient, in the order of the jobs, so that a batch makes one call per
 * recipient.
 */
export function groupByRecipient(plans: readonly PlannedJob[]): Map<UserId, Delivery[]> {
  const byRecipient = new Map<UserId, Delivery[]>();
  for (const { job, recipients, epoch } of plans) {
    const delivery = { ...job.change, epoch };
    for (const recipient of recipients) {
      const deliveries = byRecipient.get(recipient);
      if (deliveries === undefined) byRecipient.set(recipient, [delivery]);
      else deliveries.push(delivery);
    }
  }
  return byRecipient;
}

/** The job that delivers `job` to those it did not reach, as part `part` of the same change. */
export function retryOf(job: FanoutJob, unreached: readonly UserId[], part: number): FanoutJob {
  // The original job exports the change when its own outbox row is removed.
  const { tells: _, ...rest } = job;
  return { ...rest, part, only: [...unreached], attempt: job.attempt + 1 };
}

/** Seconds to wait before attempt `attempt`, doubling up to a bound. The first retry is attempt 1. */
export function retryDelayS(attempt: number): number {
  return Math.min(JOB_RETRY_MAX_S, JOB_RETRY_BASE_S * 2 ** Math.max(0, attempt - 1));
}
