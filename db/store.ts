/**
 * The store: what is durable. One interface, several implementations; the conformance suite beside
 * it says what each must do. Every method that changes something is safe to repeat.
 *
 * A method throws `StoreUnavailable` when the part of the store it needs can't answer now.
 */
import type { Counts, PostBody } from "../feed/entry.ts";
import type { Id, PostId, UserId } from "../feed/ids.ts";
import type { BucketRange, Job, OutboxKey } from "../feed/jobs.ts";
import type { AuthorAsk, Slice } from "../feed/merge.ts";
import type { EdgePosition } from "../feed/cursor.ts";

/** A part of the store did not answer, or not in time; the same call may succeed later. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** An account as stored. */
export interface Account {
  id: UserId;
  handle: string;
  name: string;
  counts: { followers: number; following: number; posts: number };
}

export interface NewAccount {
  id: UserId;
  handle: string;
  name: string;
  /** Null for an imported account, which can't sign in with a password. */
  passwordHash: string | null;
}

export interface AccountStore {
  /** Makes an account with its handle, or neither. */
  create(account: NewAccount): Promise<"created" | "handle_taken">;
  /** Makes those accounts whose handle is free. @returns how many were made */
  importAll(accounts: readonly NewAccount[]): Promise<number>;
  byIds(ids: readonly UserId[]): Promise<Map<UserId, Account>>;
  byHandles(handles: readonly string[]): Promise<Map<string, Account>>;
  /** What is needed to check a password; null if nobody has the handle. */
  credentials(handle: string): Promise<{ account: Account; passwordHash: string | null } | null>;
}

/** An edge of the follow graph as the follower's side has it, which is the truth. */
export interface Edge {
  follower: UserId;
  followee: UserId;
  /** Grows with every change of this edge; about the millisecond of the change. */
  version: number;
  following: boolean;
}

/** A follower that fan-out delivers to. */
export interface Recipient {
  id: UserId;
  /** When its timeline was last woken; tells a late "it is cold" from a current one. */
  awakeMs: number;
}

export interface Page<T, Position> {
  items: T[];
  /** Where the next page begins; null at the end. */
  next: Position | null;
}

/** Edges: each has two sides, and the follower's is the truth. */
export interface EdgeStore {
  /**
   * Writes the follower's side of an edge together with the job that brings the rest in step.
   * Nothing is written, the job neither, if the edge is that way already.
   * @returns the edge as it is now
   */
  setEdge(
    edge: { follower: UserId; followee: UserId; following: boolean; nowMs: number },
    job: Job,
  ): Promise<Edge>;
  /** Follows in bulk, with the jobs that bring the rest in step. @returns how many are new */
  importEdges(
    edges: readonly { follower: UserId; followee: UserId }[],
    nowMs: number,
    jobs: readonly Job[],
  ): Promise<number>;
  /** The follower's side of some edges; those that never existed are missing. */
  edges(pairs: readonly { follower: UserId; followee: UserId }[]): Promise<Edge[]>;
  /** Brings the followees' side in step; an older version than is known there changes nothing. */
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
  /** Everyone `user` follows, with the versions of the edges. */
  followees(user: UserId): Promise<{ user: UserId; version: number }[]>;
}

/** Whom fan-out delivers to: followers whose timelines are awake. */
export interface RecipientStore {
  /** For fan-out: followers in a range of buckets whose timelines are awake, by bucket and id. */
  recipients(
    author: UserId,
    range: BucketRange,
    after: UserId | null,
    limit: number,
  ): Promise<Recipient[]>;
  /** Fan-out found these timelines cold: skip them until they wake. Older news changes nothing. */
  markDormant(author: UserId, recipients: readonly Recipient[]): Promise<void>;
  /** A timeline is about to be rebuilt: fan-out delivers to it from now on. */
  wake(user: UserId, followees: readonly UserId[], nowMs: number): Promise<void>;
  /** Which of these accounts have ever been woken, so that there is a timeline to tell. */
  woken(users: readonly UserId[]): Promise<Set<UserId>>;
}

/** The follow graph. */
export type GraphStore = EdgeStore & EdgeListStore & RecipientStore;

/** A post, or a repost of one, to be published. */
export interface NewPost {
  id: PostId;
  author: UserId;
  text: string;
  replyTo: { id: PostId; author: UserId } | null;
}

/** Ties a request to what it made, so that repeating it makes nothing new. */
export interface IdempotencyKey {
  key: string;
  /** Digest of the request's body. */
  digest: string;
  /** Keys of posts older than this are forgotten. */
  expireBelow: Id;
}

export type Published =
  | { status: "published" }
  /** The same request has been here before, and made this post. */
  | { status: "replayed"; post: PostId }
  /** The key has been used for another request. */
  | { status: "conflict" };

export interface PublishStore {
  /** Writes a post and its jobs in one step, or neither. */
  publish(post: NewPost, jobs: readonly Job[], key: IdempotencyKey | null): Promise<Published>;
  /** What a key stands for so far; null if it is new. */
  replay(author: UserId, key: IdempotencyKey): Promise<Published | null>;
  /** Deletes a post and writes the jobs of that in one step. @returns false if it was not there */
  remove(post: { id: PostId; author: UserId }, jobs: readonly Job[]): Promise<boolean>;
}

export interface PostReadStore {
  /** Posts that exist, with their authors' cards and counts as of now. */
  byIds(ids: readonly PostId[]): Promise<Map<PostId, PostBody>>;
  /** Which of these posts exist: cheap, and never older than the last write. */
  existing(ids: readonly PostId[]): Promise<Set<PostId>>;
  /** Up to `limit` entries of each of several authors, newest first, none below `downTo`. */
  byAuthors(
    asks: readonly AuthorAsk[],
    span: { downTo: Id; limit: number },
  ): Promise<Map<UserId, Slice>>;
}

export interface ReplyStore {
  /** Lists a reply under its parent, or takes it off, and counts it. @returns the parent's counts */
  setReply(reply: PostId, parent: PostId, exists: boolean): Promise<Counts | null>;
  /** Replies to a post, newest first, below an id. */
  replies(parent: PostId, below: Id | null, limit: number): Promise<Page<PostId, Id>>;
}

export type PostStore = PublishStore & PostReadStore & ReplyStore;

export interface OutboxStore {
  /** Jobs whose message seems lost, oldest first; each rests `restMs` before it is due again. */
  takeDue(nowMs: number, restMs: number, limit: number): Promise<Job[]>;
  /** Writes jobs, in place of what stands under their keys, due at `dueMs`. */
  put(jobs: readonly Job[], dueMs: number): Promise<void>;
  /** The work is done: the rows go. */
  done(keys: readonly OutboxKey[]): Promise<void>;
  /** How many rows wait, over all shards. */
  waiting(): Promise<number>;
}

/** A job that could not be done, kept with the reason until somebody drives it again. */
export interface DeadLetter {
  id: Id;
  reason: string;
  /** The message as it came: of a known form or not. */
  body: unknown;
}

export interface DeadLetterStore {
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** Oldest first, from `after` on. */
  list(after: Id | null, limit: number): Promise<DeadLetter[]>;
  count(): Promise<number>;
  remove(ids: readonly Id[]): Promise<void>;
}

/** Everything durable. */
export interface Store {
  accounts: AccountStore;
  graph: GraphStore;
  posts: PostStore;
  outbox: OutboxStore;
  deadLetters: DeadLetterStore;
}
