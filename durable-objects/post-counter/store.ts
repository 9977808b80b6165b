/** The SQL of a post's counter: one row. */
import { NO_TALLIES, type Tallies } from "../../feed/tally.ts";
import { AUDIENCE_MIGRATION_SQL } from "../audience.ts";
import type { Migration } from "../migrate.ts";

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
];

/** What was last told to whom, and when. */
export interface Told {
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

  load(): { tallies: Tallies; told: Told } {
    const row = this.#sql
      .exec<{ tallies: string; told: string }>("SELECT tallies, told FROM counter")
      .toArray()[0];
    if (row === undefined)
      return { tallies: NO_TALLIES, told: { push: NEVER, kv: NEVER, store: NEVER } };
    return {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `save` below wrote it
      tallies: JSON.parse(row.tallies) as Tallies,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `save` below wrote it
      told: JSON.parse(row.told) as Told,
    };
  }

  save(tallies: Tallies, told: Told): void {
    this.#sql.exec(
      `INSERT INTO counter (id, tallies, told) VALUES (0, ?, ?)
       ON CONFLICT (id) DO UPDATE SET tallies = excluded.tallies, told = excluded.told`,
      JSON.stringify(tallies),
      JSON.stringify(told),
    );
  }
}
