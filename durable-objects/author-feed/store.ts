/** The SQL of an author feed: beside its window, what is deleted, and who has been told of which version. */
import type { WindowState } from "../../feed/timeline/hot-window.ts";
import type { Id } from "../../feed/ids.ts";
import { ChunkTable } from "../storage/chunk-table.ts";
import { LIVE_NODE_MIGRATION_SQL } from "../live/live-node.ts";
import type { Migration } from "../storage/migrate.ts";

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
  { id: 2, sql: LIVE_NODE_MIGRATION_SQL },
];

/** Whether the outbox is filled, and for which epoch. */
export interface Condition {
  warm: boolean;
  epoch: number;
}

/** What has been written to KV and told to freshness logs, by version. */
export interface LastPublished {
  head: number;
  /** Older pages, by number of the chunk. */
  pages: Record<string, number>;
  logs: Record<string, number>;
  atMs: number;
}

const NOTHING_TOLD: LastPublished = { head: 0, pages: {}, logs: {}, atMs: 0 };

export class AuthorFeedStore {
  readonly chunks: ChunkTable;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.chunks = new ChunkTable(sql);
  }

  condition(): Condition {
    const row = this.#sql
      .exec<{ warm: number; epoch: number }>("SELECT warm, epoch FROM state")
      .toArray()[0];
    return { warm: row?.warm === 1, epoch: row?.epoch ?? 0 };
  }

  saveState(condition: Condition, state: WindowState): void {
    this.#sql.exec(
      `INSERT INTO state (id, warm, epoch, seq, floor, horizon) VALUES (0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET warm = excluded.warm, epoch = excluded.epoch,
         seq = excluded.seq, floor = excluded.floor, horizon = excluded.horizon`,
      condition.warm ? 1 : 0,
      condition.epoch,
      state.seq,
      state.floor,
      state.horizon,
    );
  }

  isTombstoned(...ids: Id[]): boolean {
    return ids.some(
      (id) => this.#sql.exec("SELECT 1 FROM tombstones WHERE id = ?", id).toArray().length > 0,
    );
  }

  /** Notes that something is deleted, and forgets notes from before `beforeMs`. */
  bury(id: Id, nowMs: number, beforeMs: number): void {
    this.#sql.exec("DELETE FROM tombstones WHERE at_ms < ?", beforeMs);
    this.#sql.exec(
      "INSERT INTO tombstones (id, at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
      id,
      nowMs,
    );
  }

  lastPublished(): LastPublished {
    const row = this.#sql.exec<{ told: string }>("SELECT told FROM told").toArray()[0];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `saveLastPublished` wrote it
    return row === undefined ? NOTHING_TOLD : (JSON.parse(row.told) as LastPublished);
  }

  saveLastPublished(lastPublished: LastPublished): void {
    this.#sql.exec(
      `INSERT INTO told (id, told) VALUES (0, ?)
       ON CONFLICT (id) DO UPDATE SET told = excluded.told`,
      JSON.stringify(lastPublished),
    );
  }
}
