/** The SQL of administrators' keys and uses. */
import {
  ADMIN_SCOPES,
  type AdminKey,
  type Administrator,
  type AdminUse,
} from "../../feed/admin-access.ts";
import {
  ADMIN_KEYS_MAX,
  ADMIN_USE_MERGED_MS,
  ADMIN_USES_KEPT_MS,
  ADMIN_USES_MAX,
} from "../../feed/limits-protection.ts";
import type { Migration } from "../storage/migrate.ts";

export const ADMINISTRATION_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE uses (
        seq INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        actor TEXT NOT NULL,
        operation TEXT NOT NULL,
        subject TEXT,
        times INTEGER NOT NULL,
        request_id TEXT NOT NULL
      );
      CREATE INDEX uses_by_actor ON uses (actor, operation, seq)`,
  },
];

interface KeyRow extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
  scopes: string;
  created_ms: number;
  expires_ms: number;
}

interface UseRow extends Record<string, SqlStorageValue> {
  seq: number;
  at_ms: number;
  actor: string;
  operation: string;
  subject: string | null;
  times: number;
  request_id: string;
}

export class AdministrationStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  holderOf(id: string, hash: string, nowMs: number): Administrator | null {
    const [row] = this.#sql
      .exec<KeyRow>(
        "SELECT * FROM keys WHERE id = ? AND hash = ? AND expires_ms > ?",
        id,
        hash,
        nowMs,
      )
      .toArray();
    return row === undefined ? null : { id: row.id, scopes: keyOf(row).scopes };
  }

  addKey(key: AdminKey, hash: string, nowMs: number): boolean {
    this.#sql.exec("DELETE FROM keys WHERE expires_ms <= ?", nowMs);
    if (this.keys(nowMs).length >= ADMIN_KEYS_MAX) return false;
    this.#sql.exec(
      `INSERT INTO keys (id, hash, name, scopes, created_ms, expires_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
      key.id,
      hash,
      key.name,
      key.scopes.join(" "),
      key.createdMs,
      key.expiresMs,
    );
    return true;
  }

  keys(nowMs: number): AdminKey[] {
    return this.#sql
      .exec<KeyRow>(
        "SELECT * FROM keys WHERE expires_ms > ? ORDER BY created_ms DESC, id DESC",
        nowMs,
      )
      .toArray()
      .map(keyOf);
  }

  removeKey(id: string): boolean {
    return this.#sql.exec("DELETE FROM keys WHERE id = ? RETURNING id", id).toArray().length > 0;
  }

  /**
   * Logs a use; equal ones within a minute are one row. Of each administrator and operation the newest rows
   * stay, so that nobody can make many calls to have others forgotten.
   */
  record(use: Pick<AdminUse, "by" | "operation" | "subject" | "requestId">, nowMs: number): void {
    const { by, operation, subject, requestId } = use;
    const merged = this.#sql
      .exec(
        `UPDATE uses SET times = times + 1, request_id = ?
         WHERE seq = (SELECT max(seq) FROM uses WHERE actor = ? AND operation = ?)
           AND subject IS ? AND at_ms > ? RETURNING seq`,
        requestId,
        by,
        operation,
        subject,
        nowMs - ADMIN_USE_MERGED_MS,
      )
      .toArray();
    if (merged.length > 0) return;
    this.#sql.exec(
      `INSERT INTO uses (at_ms, actor, operation, subject, times, request_id)
       VALUES (?, ?, ?, ?, 1, ?)`,
      nowMs,
      by,
      operation,
      subject,
      requestId,
    );
    this.#sql.exec(
      `DELETE FROM uses WHERE actor = ? AND operation = ? AND seq <= (
         SELECT seq FROM uses WHERE actor = ? AND operation = ? ORDER BY seq DESC LIMIT 1 OFFSET ?
       )`,
      by,
      operation,
      by,
      operation,
      ADMIN_USES_MAX,
    );
    // Rows are in the order of their times, so only old ones are looked at.
    this.#sql.exec(
      `DELETE FROM uses WHERE seq IN (
         SELECT seq FROM uses WHERE seq <= (SELECT min(seq) + 100 FROM uses) AND at_ms < ?
       )`,
      nowMs - ADMIN_USES_KEPT_MS,
    );
  }

  uses(below: number, limit: number): AdminUse[] {
    return this.#sql
      .exec<UseRow>("SELECT * FROM uses WHERE seq < ? ORDER BY seq DESC LIMIT ?", below, limit)
      .toArray()
      .map((row) => ({
        seq: row.seq,
        atMs: row.at_ms,
        by: row.actor,
        operation: row.operation,
        subject: row.subject,
        times: row.times,
        requestId: row.request_id,
      }));
  }
}

function keyOf({ id, name, scopes, created_ms, expires_ms }: KeyRow): AdminKey {
  const kept = ADMIN_SCOPES.filter((scope) => scopes.split(" ").includes(scope));
  return { id, name, scopes: kept, createdMs: created_ms, expiresMs: expires_ms };
}
