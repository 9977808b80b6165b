/** The transactional outbox of jobs, and the letters of jobs that failed for good. */
import type { Job, OutboxKey } from "../../feed/delivery/jobs.ts";
import type { Id } from "../../feed/ids.ts";

export interface OutboxStore {
  /** Writes jobs that are due at `dueMs`, over those with the same keys. */
  put(jobs: readonly Job[], dueMs: number): Promise<void>;
  /** Deletes the rows of finished jobs. */
  done(keys: readonly OutboxKey[]): Promise<void>;
}

/** The jobs of the outbox that are due, for one shard (0 … `Store.shards` - 1) at a time. */
export interface DueJobStore {
  /** Takes jobs whose messages seem lost, oldest first; each is due again after `restMs`. */
  takeDue(shard: number, nowMs: number, restMs: number, limit: number): Promise<Job[]>;
  /** Counts the outbox rows of a shard, due or not. */
  waiting(shard: number): Promise<number>;
}

/** A job that failed for good, with the reason; an operator can put it back to work. */
export interface DeadLetter {
  id: Id;
  reason: string;
  /** The message as it came, whether its form is known or not. */
  body: unknown;
}

export interface DeadLetterStore {
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** Reads letters of one shard, oldest first, after `after`. */
  list(shard: number, after: Id | null, limit: number): Promise<DeadLetter[]>;
  /** Counts the letters of one shard. */
  count(shard: number): Promise<number>;
  remove(ids: readonly Id[]): Promise<void>;
}
