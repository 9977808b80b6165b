/** Lists as one bound parameter, because D1 takes at most 100 parameters. */
import { type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { SQL_STATEMENT_MAX_BYTES, SQL_STATEMENT_MAX_ROWS } from "../../feed/limits.ts";

/** Rows of one statement; a parameter holds at most 2 MB. */
export const LARGE_ROWS = { count: SQL_STATEMENT_MAX_ROWS, bytes: SQL_STATEMENT_MAX_BYTES };

/** `column IN (…)` for a list of any length. */
export function inJson(column: SQLiteColumn, values: readonly string[]): SQL<boolean> {
  return sql<boolean>`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/**
 * A condition for rows of buckets that are here to be written, in statements about a whole shard.
 * @param id an id with the bucket
 */
export function isHere(id: SQLiteColumn | SQL): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM placement AS p WHERE p.state > 2 AND p.chars = substr(${id}, 10, 2))`;
}

/** A literal 1: with a parameter, SQLite does not use an index of active rows alone. */
export function isActive(column: SQLiteColumn): SQL<boolean> {
  return sql<boolean>`${column} = 1`;
}

/** Selects the columns of a list of rows, in the order of each row's values. */
export function valuesFromJson(
  rows: readonly (readonly (string | number | null)[])[],
  columns: number,
): SQL {
  const picks = Array.from({ length: columns }, (_, i) => sql.raw(`value ->> ${i}`));
  return sql`SELECT ${sql.join(picks, sql`, `)} FROM json_each(${JSON.stringify(rows)})`;
}
