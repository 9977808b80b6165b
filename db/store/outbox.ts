/** The transactional outbox of jobs, and the letters of jobs that failed for good. */
import type { Job, OutboxKey } from "../../feed/delivery/jobs.ts";
import type { Id } from "../../feed/ids.ts";

export interface OutboxStore {
  /** Takes jobs whose messages seem lost, oldest first; each is due again after `restMs`. */
  takeDue(nowMs: number, restMs: number, limit: number): Promise<Job[]>;
  /** Writes jobs that are due at `dueMs`, over those with the same keys. */
  put(jobs: readonly Job[], dueMs: number): Promise<void>;
  /** Deletes the rows of finished jobs. */
  done(keys: readonly OutboxKey[]): Promise<void>;
  /** Counts the rows of all shards. */
  waiting(): Promise<number>;
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
  /** Reads letters, oldest first, after `after`. */
  list(after: Id | null, limit: number): Promise<DeadLetter[]>;
  count(): Promise<number>;
  remove(ids: readonly Id[]): Promise<void>;
}
