/** The follow graph: edges, lists of followers and followees, and the recipients of fan-out. */
import type { EdgePosition } from "../../feed/cursor.ts";
import type { BucketRange, Job } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Page } from "./page.ts";

/** A follow edge as the follower's side stores it; the follower's side decides. */
export interface Edge {
  follower: UserId;
  followee: UserId;
  /** Grows with every change of the edge; about the millisecond of the change since 1970. */
  version: number;
  following: boolean;
}

/** A follower that fan-out delivers to. */
export interface Recipient {
  id: UserId;
  /** When its timeline last woke; a "cold" answer from before that time is out of date. */
  awakeMs: number;
}

/** Follow edges. Each has two sides, and the follower's side decides. */
export interface EdgeStore {
  /**
   * Writes the follower's side of an edge together with the job that updates the rest. Writes nothing,
   * and no job, if the edge has that value already, if a block prevents the follow, or if the follower
   * follows `FOLLOWING_MAX` accounts; then the edge after the call is not followed.
   * @returns the edge after the call, and whether this call has changed it
   */
  setEdge(
    edge: { follower: UserId; followee: UserId; following: boolean; nowMs: number },
    job: Job,
  ): Promise<Edge & { changed: boolean }>;
  /**
   * Writes follows in bulk, with the jobs that update the rest. It leaves out those that a block prevents,
   * and those beyond `FOLLOWING_MAX`. @returns how many are new
   */
  importEdges(
    edges: readonly { follower: UserId; followee: UserId }[],
    nowMs: number,
    jobs: readonly Job[],
  ): Promise<number>;
  /** Reads the follower's side of edges; edges that never existed are missing. */
  edges(pairs: readonly { follower: UserId; followee: UserId }[]): Promise<Edge[]>;
  /** Updates the followees' side; a version older than the stored one changes nothing. */
  applyEdges(edges: readonly Edge[], awakeMs: number): Promise<void>;
}

export interface EdgeListStore {
  /** Newest edge first. */
  followers(
    user: UserId,
    after: EdgePosition | null,
    limit: number,
  ): Promise<Page<UserId, EdgePosition>>;
  /** Newest edge first. */
  following(
    user: UserId,
    after: EdgePosition | null,
    limit: number,
  ): Promise<Page<UserId, EdgePosition>>;
  /** All followees of a user, with the versions of the edges. */
  followees(user: UserId): Promise<{ user: UserId; version: number }[]>;
}

/** The recipients of fan-out: followers whose timelines are awake. */
export interface RecipientStore {
  /** Followers in a range of buckets whose timelines are awake, in order of bucket and id. */
  recipients(
    author: UserId,
    range: BucketRange,
    after: UserId | null,
    limit: number,
  ): Promise<Recipient[]>;
  /** Those of some accounts that have a follower whose timeline is awake. */
  withAwakeFollowers(authors: readonly UserId[]): Promise<Set<UserId>>;
  /** Stops delivery to timelines that fan-out found cold, unless they have woken since. */
  markDormant(author: UserId, recipients: readonly Recipient[]): Promise<void>;
  /**
   * Starts delivery to a timeline that is about to be rebuilt.
   * @returns false if its owner's account is not active, which starts nothing
   */
  wake(user: UserId, followees: readonly UserId[], nowMs: number): Promise<boolean>;
  /** The accounts that have ever been woken, and so have a timeline to update. */
  woken(users: readonly UserId[]): Promise<Set<UserId>>;
}

/** The follow graph. */
export type GraphStore = EdgeStore & EdgeListStore & RecipientStore;
