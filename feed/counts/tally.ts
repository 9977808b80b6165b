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

/** Tallies of some buckets, and of the replies if they are known. */
export interface PartOfTallies {
  buckets: readonly Tally[];
  replies: ReplyTally | null;
}

/** The tallies after some have arrived; the same object if none of those is newer. */
export function applyTallies(before: Tallies, received: PartOfTallies): Tallies {
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

/** Tallies that are newer than recounted ones and differ from them, by their versions. */
export interface NewerTallies {
  buckets: readonly Pick<Tally, "bucket" | "version">[];
  replies: number | null;
}

export const NONE_NEWER: NewerTallies = { buckets: [], replies: null };

/**
 * The tallies after a recount of some of them: the recounted value replaces another one of the same or a
 * lower version. One of a higher version stays, unless it has the version that `outdone` names.
 * @param outdone tallies that stay newer than the store's, which was restored from a backup
 * @returns also the tallies that stayed; the same object as `before` if nothing was replaced
 */
export function takeRecounted(
  before: Tallies,
  recounted: PartOfTallies,
  outdone: NewerTallies,
): { tallies: Tallies; newer: NewerTallies } {
  const byBucket = new Map(before.buckets.map((tally) => [tally.bucket, tally]));
  const outdoneVersions = new Map(outdone.buckets.map((own) => [own.bucket, own.version]));
  const newer: { bucket: number; version: number }[] = [];
  let changed = false;
  for (const tally of recounted.buckets) {
    const { bucket } = tally;
    const own = byBucket.get(bucket) ?? { bucket, likes: 0, reposts: 0, version: 0 };
    if (own.likes === tally.likes && own.reposts === tally.reposts) continue;
    if (own.version > tally.version && own.version !== outdoneVersions.get(bucket)) {
      newer.push({ bucket, version: own.version });
      continue;
    }
    byBucket.set(bucket, tally);
    changed = true;
  }
  const { replies: own } = before;
  const replies = recounted.replies ?? own;
  const differs = own.replies !== replies.replies;
  const stays = differs && own.version > replies.version && own.version !== outdone.replies;
  const tallies = { buckets: [...byBucket.values()], replies: differs && !stays ? replies : own };
  return {
    tallies: changed || tallies.replies !== own ? tallies : before,
    newer: { buckets: newer, replies: stays ? own.version : null },
  };
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
