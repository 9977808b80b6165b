/**
 * Counting reactions, as a sharded counter. A tally is the absolute number of one bucket of actors,
 * or of the replies, with a version that grows. A newer tally replaces an older one, and the total
 * is the sum. So tallies may arrive twice, late or in any order, and the next one makes up for a
 * lost one.
 */
import type { Counts } from "../timeline/entry.ts";

/** How many accounts of one bucket have reacted to a post. */
export interface Tally {
  /** The bucket of the accounts. */
  bucket: number;
  likes: number;
  reposts: number;
  version: number;
}

/** How many replies a post has. */
export interface ReplyTally {
  replies: number;
  version: number;
}

/** The newest tally of each bucket, and of the replies. */
export interface Tallies {
  buckets: Tally[];
  replies: ReplyTally;
}

/** The tallies of a new counter. */
export const NO_TALLIES: Tallies = { buckets: [], replies: { replies: 0, version: 0 } };

/** A tally without anything beside it, such as its post: a counter stores it as it is. */
export function tallyAlone({ bucket, likes, reposts, version }: Tally): Tally {
  return { bucket, likes, reposts, version };
}

/** The tallies after some have arrived; the same object if none of those is newer. */
export function applyTallies(
  before: Tallies,
  received: { buckets: readonly Tally[]; replies: ReplyTally | null },
): Tallies {
  const byBucket = new Map(before.buckets.map((tally) => [tally.bucket, tally]));
  let changed = false;
  for (const tally of received.buckets) {
    if (tally.version <= (byBucket.get(tally.bucket)?.version ?? 0)) continue;
    byBucket.set(tally.bucket, tally);
    changed = true;
  }
  const replies =
    received.replies !== null && received.replies.version > before.replies.version
      ? received.replies
      : before.replies;
  if (!changed && replies === before.replies) return before;
  return { buckets: [...byBucket.values()], replies };
}

/** The counts that tallies add up to. */
export function totalOf(tallies: Tallies): Counts {
  return {
    likes: tallies.buckets.reduce((sum, tally) => sum + tally.likes, 0),
    reposts: tallies.buckets.reduce((sum, tally) => sum + tally.reposts, 0),
    replies: tallies.replies.replies,
  };
}

/** Grows with every change of the total. */
export function versionOf(tallies: Tallies): number {
  return tallies.buckets.reduce((sum, tally) => sum + tally.version, tallies.replies.version);
}
