/** Running one statement in an object's own SQLite. */
import type { SqlValue, Statement, StatementResult } from "./protocol.ts";

const READS = /^\s*(SELECT|WITH)\b/i;

/** Whether a statement only reads. */
export function isRead({ sql }: Statement): boolean {
  return READS.test(sql);
}

/** Runs a statement. */
export function execute(sql: SqlStorage, statement: Statement): StatementResult {
  const cursor = sql.exec(statement.sql, ...statement.parameters);
  const columns = cursor.columnNames;
  const rows = [...cursor.raw()].map((row) => row.map(valueOf));
  if (isRead(statement)) return { columns, rows, changes: 0 };
  const { changes } = sql.exec<{ changes: number }>("SELECT changes() AS changes").one();
  return { columns, rows, changes };
}

/** No table has a column of bytes. */
function valueOf(value: SqlStorageValue): SqlValue {
  if (value instanceof ArrayBuffer) throw new TypeError("a column of bytes");
  return value;
}
