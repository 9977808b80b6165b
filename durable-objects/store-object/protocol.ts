/** How the store talks to its objects: batches of SQL statements in, rows out. */

/** A value that SQLite stores. */
export type SqlValue = string | number | null;

/** A statement with its parameters. */
export interface Statement {
  sql: string;
  parameters: SqlValue[];
}

/** What a statement answered. */
export interface StatementResult {
  columns: string[];
  /** The values of each row, in the order of the columns. */
  rows: SqlValue[][];
  /** Rows that an insert, update or delete has changed. */
  changes: number;
}

/**
 * What a batch answered: a result for each statement, or SQLite's message for a key that another row has;
 * then nothing was written.
 */
export type BatchResult = { results: StatementResult[] } | { taken: string };

/** A batch for another object. */
export interface Forwarded {
  /** The object's name. */
  name: string;
  batch: Statement[];
}

/** What another object answered; `failed` is why it did not answer. */
export type ForwardedResult = BatchResult | { failed: string };
