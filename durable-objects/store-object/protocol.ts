/** How the store talks to its objects: batches of SQL statements in, rows out. */

/** A value that SQLite stores. */
export type SqlValue = string | number | null;

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  parameters: SqlValue[];
}

/** Statements that run as one transaction. */
export interface Batch {
  statements: Statement[];
  /** The long lists (`lists.ts`) with rows that the statements read or write. */
  lists: string[];
}

/** What a statement answered. */
export interface StatementResult {
  columns: string[];
  /** The values of each row, in the order of the columns. */
  rows: SqlValue[][];
  /** Rows that an insert, update or delete has changed. */
  changes: number;
}

/** Why an object refused a batch. The caller corrects its map of the list and tries again. */
export interface Refusal {
  list: string;
  /**
   * `busy` while the list is being split; `closed` if the object is no segment of it; a number once it is split,
   * which is how many bits of the bucket its segments have.
   */
  why: "busy" | "closed" | number;
}

/**
 * What a batch answered: a result for each statement; SQLite's message for a key that another row has; or what the
 * object no longer has. Nothing was written but in the first case.
 */
export type BatchResult =
  { results: StatementResult[] } | { taken: string } | { refused: Refusal[] };

/** A batch for another object. */
export interface Forwarded extends Batch {
  /** The object's name. */
  name: string;
}

/** What another object answered; `failed` is why it did not answer. */
export type ForwardedResult = BatchResult | { failed: string };
