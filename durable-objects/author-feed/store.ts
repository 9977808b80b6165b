/**
 * The SQL of an author feed: its window, its tombstones, and which version each destination has.
 * That last table keeps its first name, `told`.
 */
import type { WindowState } from "../../feed/timeline/hot-window.ts";
import type { Card } from "../../feed/timeline/entry.ts";
import type { Id } from "../../feed/ids.ts";
import { ChunkTable } from "../storage/chunk-table.ts";
import { SUBSCRIBERS_SQL } from "../live/subscribers.ts";
import type { Migration } from "../storage/migrate.ts";
import { storedJson } from "../storage/stored-json.ts";

export const AUTHOR_FEED_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        warm INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
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
      CREATE TABLE tombstones (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE told (id INTEGER PRIMARY KEY CHECK (id = 0), told TEXT NOT NULL);`,
  },
  {
    id: 2,
    sql: `
  CREATE TABLE listeners (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  CREATE TABLE news (
    no INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE attached (id INTEGER PRIMARY KEY CHECK (id = 0), attached INTEGER NOT NULL);`,
  },
  // Relays listened; sockets that open again subscribe hubs instead.
  { id: 3, sql: `DROP TABLE listeners; DROP TABLE attached; ${SUBSCRIBERS_SQL}` },
  {
    id: 4,
    sql: "CREATE TABLE card (id INTEGER PRIMARY KEY CHECK (id = 0), card TEXT NOT NULL)",
  },
];

/** Whether the author feed is filled, and for which epoch. */
export interface FeedStatus {
  warm: boolean;
  epoch: number;
}

/** The versions that KV has. */
export interface LastPublished {
  head: number;
  /** Of older pages, by the number of the chunk. */
  pages: Record<string, number>;
  /** When the last publish began. */
  atMs: number;
}

const NOTHING_PUBLISHED: LastPublished = { head: 0, pages: {}, atMs: 0 };

export class AuthorFeedStore {
  readonly chunks: ChunkTable;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.chunks = new ChunkTable(sql);
  }

  status(): FeedStatus {
    const row = this.#sql
      .exec<{ warm: number; epoch: number }>("SELECT warm, epoch FROM state")
      .toArray()[0];
    return { warm: row?.warm === 1, epoch: row?.epoch ?? 0 };
  }

  saveState(status: FeedStatus, state: WindowState): void {
    this.#sql.exec(
      `INSERT INTO state (id, warm, epoch, seq, floor, horizon) VALUES (0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET warm = excluded.warm, epoch = excluded.epoch,
         seq = excluded.seq, floor = excluded.floor, horizon = excluded.horizon`,
      status.warm ? 1 : 0,
      status.epoch,
      state.seq,
      state.floor,
      state.horizon,
    );
  }

  /** The author's card since it last changed; null if it has not changed. */
  card(): Card | null {
    const row = this.#sql.exec<{ card: string }>("SELECT card FROM card").toArray()[0];
    return row === undefined ? null : storedJson<Card>(row.card);
  }

  saveCard(card: Card): void {
    this.#sql.exec(
      `INSERT INTO card (id, card) VALUES (0, ?)
       ON CONFLICT (id) DO UPDATE SET card = excluded.card`,
      JSON.stringify(card),
    );
  }

  isTombstoned(...ids: Id[]): boolean {
    // A post that is no repost is one id twice.
    return [...new Set(ids)].some(
      (id) => this.#sql.exec("SELECT 1 FROM tombstones WHERE id = ?", id).toArray().length > 0,
    );
  }

  /** Stores a tombstone, and deletes those from before `beforeMs`. */
  saveTombstone(id: Id, nowMs: number, beforeMs: number): void {
    this.#sql.exec("DELETE FROM tombstones WHERE at_ms < ?", beforeMs);
    this.#sql.exec(
      "INSERT INTO tombstones (id, at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
      id,
      nowMs,
    );
  }

  lastPublished(): LastPublished {
    const row = this.#sql.exec<{ told: string }>("SELECT told FROM told").toArray()[0];
    return row === undefined ? NOTHING_PUBLISHED : storedJson<LastPublished>(row.told);
  }

  saveLastPublished(lastPublished: LastPublished): void {
    this.#sql.exec(
      `INSERT INTO told (id, told) VALUES (0, ?)
       ON CONFLICT (id) DO UPDATE SET told = excluded.told`,
      JSON.stringify(lastPublished),
    );
  }
}
