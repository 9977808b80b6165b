/**
 * How an author's posts reach timelines, as one number. An epoch is even while posts are pushed to
 * every follower, and odd while followers pull them; it grows by one whenever the author crosses the
 * threshold. An author is migrating from the moment it has grown until every follower's timeline
 * has heard of it; meanwhile a post goes both ways, so that it reaches each of them by one.
 */
import { CELEBRITY_DEMOTE_PERCENT } from "../limits.ts";

/** Where an author stands. Epoch 0, not migrating, is an author who has never been pulled. */
export interface AuthorMode {
  epoch: number;
  migrating: boolean;
}

/** What a follower's timeline has to know of an author who is, or has been, pulled. */
export interface PullMode {
  epoch: number;
  /** About how many: it sizes the tree that tells those who are online. */
  followers: number;
}

/** Whether followers who know of this epoch pull the author's posts. */
export function isPulled(epoch: number): boolean {
  return epoch % 2 === 1;
}

/** Whether a post has to be delivered to followers' timelines. */
export function pushes({ epoch, migrating }: AuthorMode): boolean {
  return migrating || !isPulled(epoch);
}

/** Whether a post has to be in the author's outbox. */
export function pulls({ epoch, migrating }: AuthorMode): boolean {
  return migrating || isPulled(epoch);
}

/**
 * Whether an author with so many followers has to change sides: to pulled at the threshold, and back
 * only below a share of it, so that nobody who comes and goes at the threshold makes it flap. Who
 * migrates already does so to the end first.
 */
export function crosses(mode: AuthorMode, followers: number, threshold: number): boolean {
  if (mode.migrating) return false;
  if (isPulled(mode.epoch)) return followers * 100 < threshold * CELEBRITY_DEMOTE_PERCENT;
  return followers >= threshold;
}

/**
 * The epoch that an outbox serves: the last in which the author was pulled. An outbox that was filled
 * for an earlier one has missed what was pushed in between.
 */
export function authorFeedEpoch(epoch: number): number {
  return isPulled(epoch) ? epoch : epoch - 1;
}
