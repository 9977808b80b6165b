/**
 * How an author's posts reach timelines, as one number. An epoch is even while posts are pushed to
 * every follower, and odd while followers pull them; it grows by one whenever the author crosses
 * the threshold. The author is migrating from then until every follower's timeline has acknowledged
 * the new epoch. A post of a migrating author is both pushed and pulled, so that it reaches each
 * follower one way or the other.
 */
import type { Id } from "../ids.ts";
import { CELEBRITY_DEMOTE_PERCENT } from "../limits.ts";

/** An author's epoch. One who has never been pulled has epoch 0 and is not migrating. */
export interface AuthorMode {
  epoch: number;
  migrating: boolean;
}

/** What a follower's timeline stores of an author who is, or has been, pulled. */
export interface PullMode {
  epoch: number;
}

/**
 * What an author feed held when it was read: it had all posts that were in the store by then. A
 * follower who pulls from then on accepts only pages that are at least as new.
 */
export interface FeedHead {
  version: number;
  /** The newest entries. */
  entries: readonly Id[];
}

/** How an author's posts reach followers whose timelines have acknowledged this epoch. */
export function deliveryMode(epoch: number): "push" | "pull" {
  return epoch % 2 === 1 ? "pull" : "push";
}

/** Whether a post has to be delivered to followers' timelines. */
export function pushes({ epoch, migrating }: AuthorMode): boolean {
  return migrating || deliveryMode(epoch) === "push";
}

/** Whether a post has to be appended to the author feed. */
export function pulls({ epoch, migrating }: AuthorMode): boolean {
  return migrating || deliveryMode(epoch) === "pull";
}

/**
 * Whether an author with so many followers has to change modes: to pull at the threshold, and back
 * only below a share of it, so that followers who come and go at the threshold do not make the mode
 * flap. An author who is migrating finishes that first.
 */
export function crosses(mode: AuthorMode, followers: number, threshold: number): boolean {
  if (mode.migrating) return false;
  if (deliveryMode(mode.epoch) === "pull") {
    return followers * 100 < threshold * CELEBRITY_DEMOTE_PERCENT;
  }
  return followers >= threshold;
}

/**
 * The epoch that an author feed serves: the last in which the author was pulled. A feed that was
 * filled for an earlier one lacks what was pushed in between.
 */
export function authorFeedEpoch(epoch: number): number {
  return deliveryMode(epoch) === "pull" ? epoch : epoch - 1;
}
