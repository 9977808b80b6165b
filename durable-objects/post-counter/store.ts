/** The SQL of a post's counter: one row. */
import type { Velocity } from "../../feed/counts/velocity.ts";
import { NO_TALLIES, type Tallies } from "../../feed/counts/tally.ts";
import { AUDIENCE_MIGRATION_SQL } from "../live/audience.ts";
import type { Migration } from "../storage/migrate.ts";

export const COUNTER_MIGRATIONS: readonly Migration[] = [
  { id: 1, sql: AUDIENCE_MIGRATION_SQL },
  {
    id: 2,
    sql: `CREATE TABLE counter (
      id INTEGER PRIMARY KEY CHECK (id = 0),
      tallies TEXT NOT NULL,
      told TEXT NOT NULL
    )`,
  },
  { id: 3, sql: "ALTER TABLE counter ADD COLUMN pace TEXT" },
];

/** Everything a counter keeps. */
export interface Kept {
  tallies: Tallies;
  lastPublished: LastPublished;
  /** Null in one that was kept before velocities were. */
  pace: Velocity | null;
}

/** What was last told to whom, and when. */
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

  load(): Kept {
    const row = this.#sql
      .exec<{ tallies: string; told: string; pace: string | null }>(
        "SELECT tallies, told, pace FROM counter",
      )
      .toArray()[0];
    if (row === undefined)
      return {
        tallies: NO_TALLIES,
        lastPublished: { push: NEVER, kv: NEVER, store: NEVER },
        pace: null,
      };
    return {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `save` below wrote it
      tallies: JSON.parse(row.tallies) as Tallies,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `save` below wrote it
      lastPublished: JSON.parse(row.told) as LastPublished,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `save` below wrote it
      pace: row.pace === null ? null : (JSON.parse(row.pace) as Velocity),
    };
  }

  save({ tallies, lastPublished, pace }: Kept): void {
    this.#sql.exec(
      `INSERT INTO counter (id, tallies, told, pace) VALUES (0, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE
       SET tallies = excluded.tallies, told = excluded.told, pace = excluded.pace`,
      JSON.stringify(tallies),
      JSON.stringify(lastPublished),
      JSON.stringify(pace),
    );
  }
}
