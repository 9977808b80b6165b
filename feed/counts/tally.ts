/**
 * Counting reactions. Each bucket of actors, and the list of replies, says how many there are now,
 * with a version that grows: a newer value replaces an older one, and the total is the sum. So it
 * does not matter how often, how late or in which order values arrive, and one that is lost is made
 * good by the next.
 */
import type { Counts } from "../timeline/entry.ts";

/** How many accounts of one bucket react to a post. */
export interface Tally {
  /** Of the accounts that react. */
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

/** Everything a counter knows. */
export interface Tallies {
  buckets: Tally[];
  replies: ReplyTally;
}

/** A counter that has heard nothing yet. */
export const NO_TALLIES: Tallies = { buckets: [], replies: { replies: 0, version: 0 } };

/** What is known after hearing `news`; the same object if that was nothing new. */
export function applyTallies(
  known: Tallies,
  news: { buckets: readonly Tally[]; replies: ReplyTally | null },
): Tallies {
  const byBucket = new Map(known.buckets.map((tally) => [tally.bucket, tally]));
  let changed = false;
  for (const tally of news.buckets) {
    if (tally.version <= (byBucket.get(tally.bucket)?.version ?? 0)) continue;
    byBucket.set(tally.bucket, tally);
    changed = true;
  }
  const replies =
    news.replies !== null && news.replies.version > known.replies.version
      ? news.replies
      : known.replies;
  if (!changed && replies === known.replies) return known;
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
