/** The SQL of a home timeline: beside its hot window, follows, tombstones and one row of state. */
import type { WindowState } from "../../feed/timeline/hot-window.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { ChunkTable } from "../storage/chunk-table.ts";
import type { Migration } from "../storage/migrate.ts";
import { MODES_MIGRATION } from "./modes.ts";
import { VIEWER_MIGRATION } from "./viewer-state.ts";

export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        warm INTEGER NOT NULL,
        read_at_ms INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        floor INTEGER NOT NULL,
        horizon TEXT NOT NULL
      );
      CREATE TABLE chunks (
        no INTEGER PRIMARY KEY,
        newest TEXT NOT NULL,
        oldest TEXT NOT NULL,
        count INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        floor INTEGER NOT NULL,
        horizon TEXT NOT NULL,
        entries TEXT NOT NULL
      );
      CREATE TABLE follows (
        author TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        active INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE tombstones (
        id TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        at_ms INTEGER NOT NULL
      ) WITHOUT ROWID;`,
  },
  VIEWER_MIGRATION,
  { id: 3, sql: "ALTER TABLE tombstones ADD COLUMN post TEXT NOT NULL DEFAULT ''" },
  MODES_MIGRATION,
];

/** Whether the timeline is filled, and when its owner last read it. */
export interface Condition {
  warm: boolean;
  readAtMs: number;
}

/** One edge as the timeline knows it. */
export interface Follow {
  author: UserId;
  version: number;
  active: boolean;
}

/** A note that something was deleted, and the change that said so. */
export interface Tombstone {
  id: Id;
  seq: number;
  /** The post that is gone from the page: of a repost that was taken back, the original. */
  post: Id;
}

export class TimelineStore {
  readonly #sql: SqlStorage;
  readonly chunks: ChunkTable;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.chunks = new ChunkTable(sql);
  }

  condition(): Condition {
    const row = this.#sql
      .exec<{ warm: number; read_at_ms: number }>("SELECT warm, read_at_ms FROM state")
      .toArray()[0];
    return { warm: row?.warm === 1, readAtMs: row?.read_at_ms ?? 0 };
  }

  saveState(condition: Condition, state: WindowState): void {
    this.#sql.exec(
      `INSERT INTO state (id, warm, read_at_ms, seq, floor, horizon) VALUES (0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET warm = excluded.warm, read_at_ms = excluded.read_at_ms,
         seq = excluded.seq, floor = excluded.floor, horizon = excluded.horizon`,
      condition.warm ? 1 : 0,
      condition.readAtMs,
      state.seq,
      state.floor,
      state.horizon,
    );
  }

  follow(author: UserId): Follow | null {
    const row = this.#sql
      .exec<{ version: number; active: number }>(
        "SELECT version, active FROM follows WHERE author = ?",
        author,
      )
      .toArray()[0];
    return row === undefined ? null : { author, version: row.version, active: row.active === 1 };
  }

  followees(): UserId[] {
    return this.#sql
      .exec<{ author: string }>("SELECT author FROM follows WHERE active = 1")
      .toArray()
      .map((row) => row.author);
  }

  saveFollow(follow: Follow): void {
    this.#sql.exec(
      `INSERT INTO follows (author, version, active) VALUES (?, ?, ?)
       ON CONFLICT (author) DO UPDATE SET version = excluded.version, active = excluded.active`,
      follow.author,
      follow.version,
      follow.active ? 1 : 0,
    );
  }

  /** Makes these the only follows; what has ended keeps its version, to beat a late older one. */
  replaceFollows(follows: readonly { user: UserId; version: number }[]): void {
    this.#sql.exec("DELETE FROM follows WHERE active = 1");
    this.#sql.exec(
      `INSERT INTO follows (author, version, active)
       SELECT value ->> 0, value ->> 1, 1 FROM json_each(?) WHERE true
       ON CONFLICT (author) DO UPDATE SET version = excluded.version, active = 1`,
      JSON.stringify(follows.map((follow) => [follow.user, follow.version])),
    );
  }

  isTombstoned(...ids: Id[]): boolean {
    return ids.some(
      (id) => this.#sql.exec("SELECT 1 FROM tombstones WHERE id = ?", id).toArray().length > 0,
    );
  }

  saveTombstone(tombstone: Tombstone, atMs: number): void {
    this.#sql.exec(
      "INSERT INTO tombstones (id, seq, at_ms, post) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      tombstone.id,
      tombstone.seq,
      atMs,
      tombstone.post,
    );
  }

  tombstonesAfter(seq: number): Tombstone[] {
    return this.#sql
      .exec<{ id: string; seq: number; post: string }>(
        "SELECT id, seq, post FROM tombstones WHERE seq > ?",
        seq,
      )
      .toArray()
      .map((row) => ({ ...row, post: row.post === "" ? row.id : row.post }));
  }

  /** Forgets old tombstones. @returns the highest change among them, 0 if there were none */
  pruneTombstones(beforeMs: number): number {
    const rows = this.#sql
      .exec<{ seq: number }>("DELETE FROM tombstones WHERE at_ms < ? RETURNING seq", beforeMs)
      .toArray();
    return rows.reduce((highest, row) => Math.max(highest, row.seq), 0);
  }
}
