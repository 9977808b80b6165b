/**
 * The SQL of a post's counter, or of a node of it: one row, and one for each child. The columns `pace` and
 * `told` keep their first names.
 */
import type { Child } from "../../feed/counts/counter-node.ts";
import type { Velocity } from "../../feed/counts/velocity.ts";
import { NO_TALLIES, type Tallies } from "../../feed/counts/tally.ts";
import type { Card } from "../../feed/timeline/entry.ts";
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
  {
    id: 5,
    sql: `ALTER TABLE counter ADD COLUMN term INTEGER;
      CREATE TABLE children (no INTEGER PRIMARY KEY, child TEXT NOT NULL)`,
  },
  { id: 6, sql: "ALTER TABLE counter ADD COLUMN author TEXT" },
];

/** Everything that a counter stores. */
export interface StoredCounter {
  tallies: Tallies;
  lastPublished: LastPublished;
  /** Null in a row that was written before counters had velocities. */
  velocity: Velocity | null;
  children: readonly Child[];
  /** The activation of a node below the root; null for the root, and for one that takes no tallies. */
  term: number | null;
  /** The author's card if it has changed since the post was reposted; null if it has not. */
  author: Card | null;
}

/** The version of the counts that each destination has, and when it was published there. */
export interface LastPublished {
  push: { version: number; atMs: number };
  kv: { version: number; atMs: number };
  store: { version: number; atMs: number };
}

const NEVER = { version: 0, atMs: 0 };

/** A counter that has stored nothing. */
export const NEW_COUNTER: StoredCounter = {
  tallies: NO_TALLIES,
  lastPublished: { push: NEVER, kv: NEVER, store: NEVER },
  velocity: null,
  children: [],
  term: null,
  author: null,
};

type CounterRow = {
  tallies: string;
  told: string;
  pace: string | null;
  term: number | null;
  author: string | null;
};

export class CounterStore {
  readonly #sql: SqlStorage;
  /** The children as they are stored. */
  #children: readonly Child[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What is stored; null if nothing is. */
  load(): StoredCounter | null {
    const row = this.#sql
      .exec<CounterRow>("SELECT tallies, told, pace, term, author FROM counter")
      .toArray()[0];
    this.#children = this.#sql
      .exec<{ child: string }>("SELECT child FROM children ORDER BY no")
      .toArray()
      .map(({ child }) => storedJson<Child>(child));
    const children = this.#children;
    if (row === undefined) return null;
    return {
      tallies: storedJson<Tallies>(row.tallies),
      lastPublished: storedJson<LastPublished>(row.told),
      velocity: row.pace === null ? null : storedJson<Velocity>(row.pace),
      children,
      term: row.term,
      author: row.author === null ? null : storedJson<Card>(row.author),
    };
  }

  save({ tallies, lastPublished, velocity, children, term, author }: StoredCounter): void {
    this.#sql.exec(
      `INSERT INTO counter (id, tallies, told, pace, term, author) VALUES (0, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET tallies = excluded.tallies, told = excluded.told,
         pace = excluded.pace, term = excluded.term, author = excluded.author`,
      JSON.stringify(tallies),
      JSON.stringify(lastPublished),
      JSON.stringify(velocity),
      term,
      author === null ? null : JSON.stringify(author),
    );
    this.#saveChildren(children);
  }

  /** Writes the rows of children that have changed. */
  #saveChildren(children: readonly Child[]): void {
    if (children === this.#children) return;
    const stored = new Set(this.#children);
    const kept = new Set(children.map(({ no }) => no));
    for (const { no } of this.#children) {
      if (!kept.has(no)) this.#sql.exec("DELETE FROM children WHERE no = ?", no);
    }
    for (const child of children.filter((one) => !stored.has(one))) {
      this.#sql.exec(
        `INSERT INTO children (no, child) VALUES (?, ?)
         ON CONFLICT (no) DO UPDATE SET child = excluded.child`,
        child.no,
        JSON.stringify(child),
      );
    }
    this.#children = children;
  }
}
