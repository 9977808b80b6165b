/** Likes, reposts and the counts of them. */
import type { ReplyTally, Tally } from "../../feed/counts/tally.ts";
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

/** The key of a reaction. */
export type ReactionKey = Pick<Reaction, "actor" | "kind" | "post">;

/** A repost as the original's shard lists it. */
export interface RepostRow {
  /** The timeline entry. */
  id: Id;
  author: UserId;
  /** The version of the reaction. */
  version: number;
}

/** A count that disagreed with its reactions, and its corrected value. */
export interface Correction {
  post: PostId;
  what: "tally" | "replies" | "counter";
  was: Counts;
  is: Counts;
}

/** A piece of one shard's recount. */
export interface Recounted<T> {
  /** The tallies of the piece, as they are after the corrections. */
  tallies: (T & { post: PostId })[];
  corrections: Correction[];
  /** The position of the next piece; null at the end. A piece before the end may be empty. */
  next: string | null;
}

/** Recounts: compares the counts of one shard with the rows that they count, piece by piece. */
export interface RecountStore {
  /**
   * Recounts the reactions of one shard's accounts, post by post, and corrects the tallies that disagree.
   * A tally that changes meanwhile is left out, because the change brings it to the counter.
   * @param position null, or `next` of the piece before
   * @param limit about how many tallies and how many reactions a piece has; a post's are one piece
   */
  recountReactions(
    shard: number,
    position: string | null,
    limit: number,
  ): Promise<Recounted<Tally>>;
  /** The same for the replies to one shard's posts. @param limit how many posts a piece looks at */
  recountReplies(
    shard: number,
    position: string | null,
    limit: number,
  ): Promise<Recounted<ReplyTally>>;
  /** Reads tallies as they are stored, each in the shard of its bucket. */
  talliesOf(
    keys: readonly { post: PostId; bucket: number }[],
  ): Promise<(Tally & { post: PostId })[]>;
}

/** How far the walk has listed a shard's older reposts, from before `applyReactions`, with their originals. */
export interface RepostWalk {
  /** Walks that have ended. */
  passes: number;
  /** Where the walk continues; null at its beginning. */
  position: string | null;
  /** Before this time it does not continue, in milliseconds since 1970. */
  dueMs: number;
}

/** The reposts that were written before `applyReactions` existed, which nothing else brings there. */
export interface OldRepostStore {
  /** Reads how far a shard's walk has come; null before it began. */
  walk(shard: number): Promise<RepostWalk | null>;
  setWalk(shard: number, walk: RepostWalk): Promise<void>;
  /**
   * Reads reposts of one shard's accounts, piece by piece. A piece before the end may be empty.
   * @param position null, or `next` of the piece before
   */
  repostsFrom(
    shard: number,
    position: string | null,
    limit: number,
  ): Promise<{ reposts: Reaction[]; next: string | null }>;
}

export interface ReactionStore {
  /** Reads a reaction; null if there never was one. */
  reaction(actor: UserId, kind: ReactionKind, post: PostId): Promise<Reaction | null>;
  /** Reads reactions; those that never were are left out. */
  reactionsBy(keys: readonly ReactionKey[]): Promise<Reaction[]>;
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
  /**
   * Writes the posts' side of reactions, each in the shard of its post; the actor's side decides. An
   * older version changes nothing. A store may keep reposts alone.
   */
  applyReactions(reactions: readonly Reaction[]): Promise<void>;
  /** Reads active reposts from the post's side, in order of account, after one. */
  repostsOf(post: PostId, after: UserId | null, limit: number): Promise<RepostRow[]>;
  /**
   * Deletes reposts of a post at the accounts that made them, each together with the jobs of its
   * deletion, and last of all at the post's side, so that a crash repeats the work.
   */
  eraseReposts(post: PostId, reposts: readonly RepostRow[], jobs: readonly Job[]): Promise<void>;
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
