/** What the edge reads from the store and hands to a home timeline. */
import type { PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
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
  /** Mutes and blocks that concern the owner. */
  relations: readonly OwnRelation[];
}

/** A follow edge as the store has it now. */
export interface FollowChange {
  author: UserId;
  version: number;
  following: boolean;
  /** The author's mode, read after the follower row was written; left out if never pulled. */
  mode?: PullMode;
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
