/** The SQL of a post's counter: one row. Its columns `pace` and `told` keep their first names. */
import type { Velocity } from "../../feed/counts/velocity.ts";
import { NO_TALLIES, type Tallies } from "../../feed/counts/tally.ts";
import { SUBSCRIBERS_SQL } from "../live/subscribers.ts";
import type { Migration } from "../storage/migrate.ts";
import { storedJson } from "../storage/stored-json.ts";

export const COUNTER_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
  CREATE TABLE members (user TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE children (no INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL);`,
  },
  {
    id: 2,
    sql: `CREATE TABLE counter (
      id INTEGER PRIMARY KEY CHECK (id = 0),
      tallies TEXT NOT NULL,
      told TEXT NOT NULL
    )`,
  },
  { id: 3, sql: "ALTER TABLE counter ADD COLUMN pace TEXT" },
  // Home timelines and relays were members; the next page of each has its hub subscribe instead.
  { id: 4, sql: `DROP TABLE members; DROP TABLE children; ${SUBSCRIBERS_SQL}` },
];

/** Everything that a counter stores. */
export interface StoredCounter {
  tallies: Tallies;
  lastPublished: LastPublished;
  /** Null in a row that was written before counters had velocities. */
  velocity: Velocity | null;
}

/** The version of the counts that each destination has, and when it was published there. */
export interface LastPublished {
  push: { version: number; atMs: number };
  kv: { version: number; atMs: number };
  store: { version: number; atMs: number };
}

const NEVER = { version: 0, atMs: 0 };

export class CounterStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  load(): StoredCounter {
    const row = this.#sql
      .exec<{ tallies: string; told: string; pace: string | null }>(
        "SELECT tallies, told, pace FROM counter",
      )
      .toArray()[0];
    if (row === undefined) {
      const lastPublished = { push: NEVER, kv: NEVER, store: NEVER };
      return { tallies: NO_TALLIES, lastPublished, velocity: null };
    }
    return {
      tallies: storedJson<Tallies>(row.tallies),
      lastPublished: storedJson<LastPublished>(row.told),
      velocity: row.pace === null ? null : storedJson<Velocity>(row.pace),
    };
  }

  save({ tallies, lastPublished, velocity }: StoredCounter): void {
    this.#sql.exec(
      `INSERT INTO counter (id, tallies, told, pace) VALUES (0, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE
       SET tallies = excluded.tallies, told = excluded.told, pace = excluded.pace`,
      JSON.stringify(tallies),
      JSON.stringify(lastPublished),
      JSON.stringify(velocity),
    );
  }
}
