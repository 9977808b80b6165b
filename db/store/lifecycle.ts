/** The states of accounts, and what an account owns, for its export and its deletion. */
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Account } from "./accounts.ts";
import type { DeadLetter } from "./outbox.ts";
import type { Page } from "./page.ts";
import type { Reaction, ReactionKey } from "./reactions.ts";

/**
 * The states of an account. `active`: as usual. `suspended`: hidden until an administrator restores it. `leaving`: hidden
 * while its deletion runs. `gone`: nothing is left but the handle, which stays taken for a while.
 */
export const ACCOUNT_STATES = ["active", "suspended", "leaving", "gone"] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** An account in whichever state. */
export interface StatedAccount extends Account {
  state: AccountState;
  /** Grows with every change of the state; about the millisecond of the change since 1970, 0 before the first. */
  stateVersion: number;
}

/** A change of an account's state. */
export interface StateChange {
  id: UserId;
  /** The version of the state that the change starts from. */
  from: number;
  to: AccountState;
  /** The version of the new state; greater than `from`. */
  version: number;
}

/** A post or a repost of an account, as stored. */
export interface OwnPost {
  id: PostId;
  text: string;
  replyTo: { id: PostId; author: UserId } | null;
  /** The original of a repost. */
  repostOf: PostId | null;
  likes: number;
  reposts: number;
  replies: number;
}

export interface LifecycleStore {
  /** Reads accounts whatever their states; all other methods find active ones alone. */
  inAnyState(ids: readonly UserId[]): Promise<Map<UserId, StatedAccount>>;
  /** The account that holds a handle, whatever its state; null if the handle is free. */
  holder(handle: string): Promise<UserId | null>;
  /**
   * Changes an account's state and writes the jobs of the change in one step. Does neither if the state has another
   * version by now. `gone` also forgets the name, the password and the counts.
   * @param jobs at least one
   * @returns whether this call has changed it
   */
  setState(change: StateChange, jobs: readonly Job[]): Promise<boolean>;
  /** Deletes an account that is gone, so that its handle is free. */
  free(id: UserId): Promise<void>;
  /** Reads an account's posts and reposts, newest first, below an id. */
  ownPosts(author: UserId, below: Id | null, limit: number): Promise<OwnPost[]>;
  /** Reads an account's active reactions. @param after `next` of the page before; null for the first */
  ownReactions(actor: UserId, after: string | null, limit: number): Promise<Page<Reaction, string>>;
  /** Deletes the rows of an account's reactions that have ended. */
  dropReactions(actor: UserId, keys: readonly Omit<ReactionKey, "actor">[]): Promise<void>;
  /**
   * Reads dead letters of an account's bucket, oldest first. A page may be empty before the end.
   * @param after `next` of the page before; null for the first
   */
  letters(id: UserId, after: Id | null, limit: number): Promise<Page<DeadLetter, Id>>;
  /** Deletes the sessions of an account, so that none of its refresh tokens is good any more. */
  dropSessions(id: UserId): Promise<void>;
  /**
   * Deletes some of the rows that an account's ended follows, followers, mutes and blocks have left with it, and of its
   * idempotency keys. @param limit about how many of each
   * @returns whether there may be more
   */
  dropRows(id: UserId, limit: number): Promise<boolean>;
}
