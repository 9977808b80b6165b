/** Likes, reposts and the counts of them. */
import type { ReplyTally, Tallies, Tally } from "../../feed/counts/tally.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Counts, PostBody } from "../../feed/timeline/entry.ts";

/** The reactions to a post that are no posts themselves. */
export type ReactionKind = "like" | "repost";

/** A reaction as the actor's shard stores it; this row decides. */
export interface Reaction {
  actor: UserId;
  kind: ReactionKind;
  post: PostId;
  active: boolean;
  /** Grows with every change; about the millisecond of the change since 1970. */
  version: number;
  /** The timeline entry of a repost; null for a like. */
  entry: Id | null;
}

/** A repost whose original was deleted. */
export interface RepostRow {
  /** The original. */
  post: PostId;
  id: Id;
  author: UserId;
}

/** A count that disagreed with its reactions, and its corrected value. */
export interface Correction {
  post: PostId;
  what: "tally" | "replies" | "counter";
  was: Counts;
  is: Counts;
}

/** Recounts: compares counts with the rows that they count. */
export interface RecountStore {
  /** Reads the ids of posts in order, after `after`. */
  postsAfter(after: Id | null, limit: number): Promise<PostId[]>;
  /** Recounts the reactions and replies of posts, and corrects the counts that disagree. */
  recount(posts: readonly PostId[]): Promise<Correction[]>;
  /** The tallies that the counters of posts should hold. */
  talliesOf(posts: readonly PostId[]): Promise<Map<PostId, Tallies>>;
}

export interface ReactionStore {
  /** Reads a reaction; null if there never was one. */
  reaction(actor: UserId, kind: ReactionKind, post: PostId): Promise<Reaction | null>;
  /**
   * Writes a reaction, its tally, the entry of a repost and the jobs of the change in one step. Writes
   * nothing if the reaction has that value already, or if the repost has another entry by now.
   * @returns the reaction after the call, whether this call has changed it, and the tally of the
   * actor's bucket, which counts it
   */
  setReaction(
    reaction: Omit<Reaction, "version"> & { nowMs: number },
    jobs: readonly Job[],
  ): Promise<Reaction & { changed: boolean; tally: Tally | null }>;
  /** Reads an account's active reactions to posts, and to every post whose id is at least `from`. */
  reactionsOf(actor: UserId, posts: readonly PostId[], from?: Id): Promise<Reaction[]>;
  /**
   * Reads the tallies that count what actors have done to posts, once a reaction was written: those of the
   * actors' buckets. It first brings the posts' side in step, if that is apart from the actors'.
   */
  tallies(keys: readonly { post: PostId; actor: UserId }[]): Promise<(Tally & { post: PostId })[]>;
  /** Reads how many replies posts have. */
  replyTallies(posts: readonly PostId[]): Promise<Map<PostId, ReplyTally>>;
  /** Stores a counter's value with the post; an older version changes nothing. */
  storeCounts(post: PostId, counts: Counts, version: number): Promise<void>;
  /** Reads up to `limit` active reposts of a post. */
  repostsOf(post: PostId, limit: number): Promise<RepostRow[]>;
  /** Deletes reposts and writes the jobs of the deletion, in one step. */
  eraseReposts(reposts: readonly RepostRow[], jobs: readonly Job[]): Promise<void>;
  /**
   * For each original, the newest repost by one of `authors` at or below `top`. It reads about `maxRows`
   * rows of a shard, for the originals in their order; `unread` are those that this left out.
   */
  newestReposts(
    originals: readonly Pick<PostBody, "id" | "counts">[],
    authors: readonly UserId[],
    bounds: { top: Id; maxRows: number },
  ): Promise<{ newest: Map<PostId, Id>; unread: Set<PostId> }>;
}
