/** What the edge reads from the store and hands to a home timeline, and how that answers. */
import type { FeedHead, PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { Steering } from "../../feed/rank/steering.ts";
import type { OwnReaction, OwnRelation } from "./viewer-state.ts";

/** Everything that fills a cold timeline, read after `beginRebuild`. */
export interface Seed {
  token: string;
  followees: readonly { user: UserId; version: number }[];
  /** Modes of the authors who have ever been pulled, read after the follower rows were woken. */
  modes: ReadonlyMap<UserId, PullMode>;
  /** Posts of the owner, and of every followee whose posts are pushed. */
  slice: Slice;
  /** The owner's reactions to the posts of the slice, and to any post from `knownFrom` on. */
  reactions: readonly OwnReaction[];
  knownFrom: Id;
  /** The last part of the mutes and blocks that concern the owner; `addRelations` brings the others. */
  relations: readonly OwnRelation[];
  /** How the owner steers; left out by earlier versions of the Worker, null if they never have. */
  steering?: Steering | null;
}

/** A follow edge as the store has it now. */
export interface FollowChange {
  author: UserId;
  version: number;
  following: boolean;
  /** The author's mode, read after the follower row was written; left out if never pulled. */
  mode?: PullMode;
  /** The version of the author's feed, once it had all that the author had written; null if pushed. */
  feedVersion?: number | null;
}

/** An author's new epoch. */
export interface EpochChange {
  author: UserId;
  mode: PullMode;
  /** The head of the author's feed, read after the epoch began; null for an even epoch. */
  head: FeedHead | null;
}

/** Done; `horizon` is down to where the caller has to read the store, null if it need not. */
export interface Applied {
  status: "applied";
  horizon: Id | null;
}

/** The author's feed lacks a post that the window shows: try again, for fan-out will append it. */
export interface FeedBehind {
  status: "behind";
}

/** Posts of a newly followed author, read after the timeline started to accept the author. */
export interface Backfill {
  author: UserId;
  version: number;
  slice: Slice;
}

/** Posts of an author who is pushed again from this epoch on. */
export interface AuthorRefill {
  author: UserId;
  epoch: number;
  slice: Slice;
}
