/**
 * How often a password was tried for each handle in a window of time. Stored, because an object that nobody
 * calls is evicted within seconds, and would let another window begin.
 */
import {
  SIGN_IN_ATTEMPTS_PER_HANDLE,
  SIGN_IN_ATTEMPTS_WINDOW_MS,
} from "../../feed/limits-protection.ts";
import type { Migration } from "../storage/migrate.ts";

export const ATTEMPTS_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE attempts (handle TEXT PRIMARY KEY, count INTEGER NOT NULL, since_ms INTEGER NOT NULL) WITHOUT ROWID`,
  },
];

export class Attempts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** How long a handle has to wait until its next attempt, in milliseconds; 0 if it may be made now. */
  waitMs(handle: string, nowMs: number): number {
    const [row] = this.#sql
      .exec<{ count: number; since_ms: number }>(
        "SELECT count, since_ms FROM attempts WHERE handle = ?",
        handle,
      )
      .toArray();
    if (row === undefined || row.count < SIGN_IN_ATTEMPTS_PER_HANDLE) return 0;
    return Math.max(0, row.since_ms + SIGN_IN_ATTEMPTS_WINDOW_MS - nowMs);
  }

  /** Counts an attempt, in a new window if the last one is over. */
  take(handle: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO attempts VALUES (?1, 1, ?2) ON CONFLICT (handle) DO UPDATE SET
         count = CASE WHEN since_ms <= ?3 THEN 1 ELSE count + 1 END,
         since_ms = CASE WHEN since_ms <= ?3 THEN ?2 ELSE since_ms END`,
      handle,
      nowMs,
      nowMs - SIGN_IN_ATTEMPTS_WINDOW_MS,
    );
  }

  /** Forgets the attempts of a handle, after one that succeeded. */
  forget(handle: string): void {
    this.#sql.exec("DELETE FROM attempts WHERE handle = ?", handle);
  }

  /** Forgets windows that are over. @returns when the next one is, in milliseconds since 1970; null if there is none */
  prune(nowMs: number): number | null {
    this.#sql.exec("DELETE FROM attempts WHERE since_ms <= ?", nowMs - SIGN_IN_ATTEMPTS_WINDOW_MS);
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>("SELECT min(since_ms) AS oldest FROM attempts")
      .one();
    return oldest === null ? null : oldest + SIGN_IN_ATTEMPTS_WINDOW_MS;
  }
}
