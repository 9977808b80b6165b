/**
 * The store: all durable data. One interface with several implementations; `test/store/` says what
 * each must do. Every method that changes data is safe to repeat. Every method throws
 * `StoreUnavailable` when the part of the store that it needs can't answer now; one that stores a new
 * row or a job under an id that belongs to something else throws `IdTaken`.
 */
import { Unavailable } from "../feed/unavailable.ts";
import type { AccountStore, ModeStore } from "./store/accounts.ts";
import type { GraphStore } from "./store/graph.ts";
import type { LifecycleStore } from "./store/lifecycle.ts";
import type { ImportStore } from "./store/imports.ts";
import type { DeadLetterStore, DueJobStore, OutboxStore } from "./store/outbox.ts";
import type { PostStore } from "./store/posts.ts";
import type { OldRepostStore, ReactionStore, RecountStore } from "./store/reactions.ts";
import type { RelationStore } from "./store/relations.ts";
import type { IdentityStore, SessionStore } from "./store/sessions.ts";

export type * from "./store/accounts.ts";
export type * from "./store/graph.ts";
export type * from "./store/lifecycle.ts";
export type * from "./store/imports.ts";
export type * from "./store/outbox.ts";
export type * from "./store/page.ts";
export type * from "./store/posts.ts";
export type * from "./store/reactions.ts";
export type * from "./store/relations.ts";
export type * from "./store/sessions.ts";
export type * from "./store/training.ts";

/** A part of the store did not answer, or not in time; the same call may succeed later. */
export class StoreUnavailable extends Unavailable {
  override readonly name = "StoreUnavailable";
}

/**
 * Another row has an id that the caller has drawn: nothing was written. The caller draws another one
 * (`workers/draw-ids.ts`).
 */
export class IdTaken extends Error {
  override readonly name = "IdTaken";
}

/** All durable data. */
export interface Store {
  /** How many shards there are; work that concerns all rows is done for one of them at a time. */
  readonly shards: number;
  /** Active accounts; `lifecycle` has those in other states too. */
  accounts: AccountStore;
  sessions: SessionStore;
  identities: IdentityStore;
  lifecycle: LifecycleStore;
  modes: ModeStore;
  graph: GraphStore;
  posts: PostStore;
  reactions: ReactionStore;
  recounts: RecountStore;
  /** Null if every repost was written at its original too. */
  oldReposts: OldRepostStore | null;
  relations: RelationStore;
  imports: ImportStore;
  outbox: OutboxStore;
  /** Null if every owner sends its own due jobs again. */
  dueJobs: DueJobStore | null;
  deadLetters: DeadLetterStore;
}
