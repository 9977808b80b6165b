/**
 * What a home timeline stores, and the migrations of all of it. `TimelineStore` is the SQL of the
 * hot window: its chunks, its tombstones and one row of state; the other stores have files of their
 * own.
 */
import type { WindowState } from "../../feed/timeline/hot-window.ts";
import type { Id } from "../../feed/ids.ts";
import { ChunkTable } from "../storage/chunk-table.ts";
import type { Migration } from "../storage/migrate.ts";
import { AuthorModes, MODE_LEAVES_SQL, MODE_VERSION_SQL, MODES_MIGRATION } from "./author-modes.ts";
import { EngagementStore, RING_SQL } from "./engagement-store.ts";
import { Follows } from "./follows.ts";
import { HIDDEN_ACCOUNTS_SQL, HiddenAccounts } from "./hidden-accounts.ts";
import { HUB_SQL } from "./hub-membership.ts";
import { LOG_SHARE_SQL, LogShare } from "./log-share.ts";
import { SESSION_ENDS_SQL } from "./session-ends.ts";
import { REACTION_COUNTED_SQL, VIEWER_MIGRATION, ViewerState } from "./viewer-state.ts";

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
  { id: 5, sql: `${MODE_VERSION_SQL}; ${REACTION_COUNTED_SQL}` },
  { id: 6, sql: `${RING_SQL}; ${LOG_SHARE_SQL}` },
  { id: 7, sql: `${MODE_LEAVES_SQL}; ${HUB_SQL}` },
  { id: 8, sql: HIDDEN_ACCOUNTS_SQL },
  { id: 9, sql: SESSION_ENDS_SQL },
];

/** Everything a home timeline stores. */
export interface Stores {
  timeline: TimelineStore;
  follows: Follows;
  modes: AuthorModes;
  viewer: ViewerState;
  engagement: EngagementStore;
  logShare: LogShare;
  hidden: HiddenAccounts;
}

export function openStores(sql: SqlStorage): Stores {
  const modes = new AuthorModes(sql);
  return {
    timeline: new TimelineStore(sql),
    follows: new Follows(sql),
    modes,
    viewer: new ViewerState(sql),
    engagement: new EngagementStore(sql, (post) => modes.pulledAuthorOf(post)),
    logShare: new LogShare(sql),
    hidden: new HiddenAccounts(sql),
  };
}

/** Whether the timeline is filled, and when its owner last read it. */
export interface TimelineStatus {
  warm: boolean;
  readAtMs: number;
}

/** A record that something was deleted, with the number of the change that deleted it. */
export interface Tombstone {
  /** The id of the entry that is gone: a post, or a repost that was taken back. */
  id: Id;
  seq: number;
  /** The post that pages stop showing: of a repost, the original. */
  post: Id;
}

export class TimelineStore {
  readonly #sql: SqlStorage;
  #tombstones: Set<Id> | null = null;
  readonly chunks: ChunkTable;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.chunks = new ChunkTable(sql);
  }

  status(): TimelineStatus {
    const row = this.#sql
      .exec<{ warm: number; read_at_ms: number }>("SELECT warm, read_at_ms FROM state")
      .toArray()[0];
    return { warm: row?.warm === 1, readAtMs: row?.read_at_ms ?? 0 };
  }

  saveState(status: TimelineStatus, state: WindowState): void {
    this.#sql.exec(
      `INSERT INTO state (id, warm, read_at_ms, seq, floor, horizon) VALUES (0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET warm = excluded.warm, read_at_ms = excluded.read_at_ms,
         seq = excluded.seq, floor = excluded.floor, horizon = excluded.horizon`,
      status.warm ? 1 : 0,
      status.readAtMs,
      state.seq,
      state.floor,
      state.horizon,
    );
  }

  /** Every delivery asks; a timeline has some dozens of tombstones. */
  isTombstoned(...ids: Id[]): boolean {
    const tombstones = this.#loadTombstones();
    return ids.some((id) => tombstones.has(id));
  }

  saveTombstone(tombstone: Tombstone, atMs: number): void {
    this.#loadTombstones().add(tombstone.id);
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

  /** Deletes old tombstones. @returns the highest `seq` among them, 0 if there were none */
  pruneTombstones(beforeMs: number): number {
    const rows = this.#sql
      .exec<{ id: string; seq: number }>(
        "DELETE FROM tombstones WHERE at_ms < ? RETURNING id, seq",
        beforeMs,
      )
      .toArray();
    for (const { id } of rows) this.#loadTombstones().delete(id);
    return rows.reduce((highest, row) => Math.max(highest, row.seq), 0);
  }

  #loadTombstones(): Set<Id> {
    this.#tombstones ??= new Set(
      this.#sql
        .exec<{ id: string }>("SELECT id FROM tombstones")
        .toArray()
        .map(({ id }) => id),
    );
    return this.#tombstones;
  }
}
