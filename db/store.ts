/**
 * The store: what is durable. One interface, several implementations; the conformance suite beside
 * it says what each must do. Every method that changes something is safe to repeat.
 *
 * A method throws `StoreUnavailable` when the part of the store it needs can't answer now.
 */
import type { Counts, PostBody } from "../feed/timeline/entry.ts";
import type { Id, PostId, UserId } from "../feed/ids.ts";
import type { AuthorMode, PullMode } from "../feed/delivery/delivery-mode.ts";
import type { BucketRange, Impression, Job, ModeJob, OutboxKey } from "../feed/delivery/jobs.ts";
import type { ReplyTally, Tallies, Tally } from "../feed/counts/tally.ts";
import type { AuthorQuery, Slice } from "../feed/timeline/merge.ts";
import type { EdgePosition } from "../feed/cursor.ts";
import { Unavailable } from "../feed/unavailable.ts";

/** A part of the store did not answer, or not in time; the same call may succeed later. */
export class StoreUnavailable extends Unavailable {
  override readonly name = "StoreUnavailable";
}

/** An account as stored. */
export interface Account extends AuthorMode {
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

/** Crossing the threshold: an account's epoch, and the jobs that tell its followers. */
export interface ModeStore {
  /**
   * Begins the epoch after `epoch`, with the jobs that tell of it, in one step; or nothing if the
   * account has left that epoch, or is still migrating. @returns whether it began
   */
  beginEpoch(author: UserId, epoch: number, jobs: readonly ModeJob[]): Promise<boolean>;
  /**
   * A part of the followers has heard: its row goes, and with the last row of the epoch the
   * migration ends, in the same step. Repeating it changes nothing.
   */
  acknowledgeEpoch(job: ModeJob): Promise<void>;
  /** What followers have to know of those of some accounts that have ever been pulled. */
  modes(authors: readonly UserId[]): Promise<Map<UserId, PullMode>>;
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
   * @returns the edge as it is now, and whether this call has changed it
   */
  setEdge(
    edge: { follower: UserId; followee: UserId; following: boolean; nowMs: number },
    job: Job,
  ): Promise<Edge & { changed: boolean }>;
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
  /** Which of these posts and reposts exist: cheap, and never older than the last write. */
  existing(ids: readonly PostId[]): Promise<Set<PostId>>;
  /** Up to `limit` entries of each of several authors, newest first, none below `downTo`. */
  byAuthors(
    asks: readonly AuthorQuery[],
    span: { downTo: Id; limit: number },
  ): Promise<Map<UserId, Slice>>;
}

/** What can be done to a post beside answering it. */
export type ReactionKind = "like" | "repost";

/** A reaction as its actor's side of the store has it, which is the truth. */
export interface Reaction {
  actor: UserId;
  kind: ReactionKind;
  post: PostId;
  active: boolean;
  /** Grows with every change; about the millisecond of the change. */
  version: number;
  /** The entry a repost made or makes; null for a like. */
  entry: Id | null;
}

/** A repost that has to go because its original is gone. */
export interface RepostRow {
  id: Id;
  author: UserId;
}

/** A count that did not agree with the reactions it counts, and has been put right. */
export interface Correction {
  post: PostId;
  what: "tally" | "replies" | "counter";
  was: Counts;
  is: Counts;
}

/** Checking counts against the rows they count. */
export interface RecountStore {
  /** Posts in order of id, from `after` on. */
  postsAfter(after: Id | null, limit: number): Promise<PostId[]>;
  /** Counts the reactions and replies of posts anew, and puts right what disagrees. */
  recount(posts: readonly PostId[]): Promise<Correction[]>;
  /** All that a counter should know of each of some posts. */
  talliesOf(posts: readonly PostId[]): Promise<Map<PostId, Tallies>>;
}

export interface ReactionStore {
  /** A reaction as it is now; null if there never was one. */
  reaction(actor: UserId, kind: ReactionKind, post: PostId): Promise<Reaction | null>;
  /**
   * Writes a reaction, its tally, for a repost its entry, and the jobs that follow, in one step; or
   * nothing if it is that way already, or another entry stands for the repost by now.
   * @returns the reaction as it is now, and whether this call made it so
   */
  setReaction(
    reaction: Omit<Reaction, "version"> & { nowMs: number },
    jobs: readonly Job[],
  ): Promise<Reaction & { changed: boolean }>;
  /** The active reactions of an account to some posts, and to every post from `from` on. */
  reactionsOf(actor: UserId, posts: readonly PostId[], from?: Id): Promise<Reaction[]>;
  /** How many accounts of a bucket react to a post now. */
  tallies(keys: readonly { post: PostId; bucket: number }[]): Promise<(Tally & { post: PostId })[]>;
  /** How many replies posts have now. */
  replyTallies(posts: readonly PostId[]): Promise<Map<PostId, ReplyTally>>;
  /** Notes a counter's value with the post; an older version changes nothing. */
  noteCounts(post: PostId, counts: Counts, version: number): Promise<void>;
  /** Reposts of a post that still stand, some at a time. */
  repostsOf(post: PostId, limit: number): Promise<RepostRow[]>;
  /** Deletes reposts, with the jobs that tell of it. */
  eraseReposts(reposts: readonly RepostRow[], jobs: readonly Job[]): Promise<void>;
  /** For each original, the newest repost by one of `authors` at or below `top`. */
  newestReposts(
    originals: readonly PostId[],
    authors: readonly UserId[],
    top: Id,
  ): Promise<Map<PostId, Id>>;
}

/** What stands between two accounts beside following. */
export type RelationKind = "mute" | "block" | "blocked_by";

export interface Relation {
  actor: UserId;
  kind: RelationKind;
  target: UserId;
  active: boolean;
  version: number;
}

export interface RelationStore {
  /**
   * Writes a mute or a block with its job; a block also undoes the actor's own follow of the
   * target, in the same step. If it stands that way already, nothing is written, the job neither.
   * @returns how it stands now, and whether this call has changed it
   */
  setRelation(
    relation: {
      actor: UserId;
      kind: "mute" | "block";
      target: UserId;
      active: boolean;
      nowMs: number;
    },
    job: Job,
  ): Promise<Relation & { changed: boolean }>;
  /** All that stands between an account and some others, or everyone; what never was is missing. */
  relations(actor: UserId, targets: readonly UserId[] | null): Promise<Relation[]>;
  /** The other side of a block: from now on the target can't follow, and does not. */
  applyBlock(block: Relation, nowMs: number): Promise<void>;
}

/** A page that was served, as a line of the training log without what the viewer did. */
export interface ServedPage {
  id: Id;
  viewer: UserId;
  line: string;
}

/**
 * What training learns from: no part of the store, for nothing is answered from it. It is kept for a
 * while, and then forgotten.
 */
export interface TrainingStore {
  /** Keeps what a viewer has seen; the same id again changes nothing. */
  keepImpressions(id: Id, viewer: UserId, items: readonly Impression[]): Promise<void>;
  /** What a viewer has reported between two ids (the second excluded), oldest first. */
  impressionsOf(viewer: UserId, from: Id, to: Id): Promise<{ id: Id; items: Impression[] }[]>;
  /** Keeps a page; the same id again changes nothing. */
  keepPage(page: ServedPage): Promise<void>;
  /** Pages made before an id, from `after` on, those of a viewer and period in a row. */
  pages(
    after: Pick<ServedPage, "id" | "viewer"> | null,
    before: Id,
    limit: number,
  ): Promise<ServedPage[]>;
  /** Forgets some of what was made in periods before that of an id. @returns how many rows */
  forget(before: Id, limit: number): Promise<number>;
}

export interface ReplyStore {
  /** Lists a reply under its parent, or takes it off, and counts it, if the parent exists. */
  setReply(reply: PostId, parent: PostId, exists: boolean): Promise<void>;
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
  modes: ModeStore;
  graph: GraphStore;
  posts: PostStore;
  reactions: ReactionStore;
  recounts: RecountStore;
  relations: RelationStore;
  outbox: OutboxStore;
  deadLetters: DeadLetterStore;
}
