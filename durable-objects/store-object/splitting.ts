/**
 * Splitting a list: the object that has it refuses writes to it, copies its rows into new segments, opens these,
 * tells the list's owner their counts, and then sends everybody there. Every step may be repeated, so that a split
 * goes on after a crash.
 */
import pMap from "p-map";
import { STORE_ROWS_PER_COPY } from "../../feed/limits.ts";
import { listParts } from "../../feed/lists.ts";
import {
  type ListTable,
  readCount,
  segmentObject,
  type SegmentCount,
  type Share,
  shareOfBucket,
  splitOf,
  sumCounts,
  tablesOf,
  WHOLE,
  writeCount,
} from "./lists.ts";
import { execute } from "./execute.ts";
import type { SqlValue, Statement } from "./protocol.ts";

/** What splitting needs of the objects of the new segments and of the owner. */
export interface OtherObjects {
  /** Runs statements in another object, past its lists. */
  write(name: string, statements: Statement[]): Promise<void>;
  /** Opens a segment. @returns how many members it counts */
  open(name: string, list: string, share: Share): Promise<number>;
}

/** A split that is not done. */
export interface Split {
  list: string;
  /** The share that is split. */
  share: Share;
  /** The bits of the shares that it becomes. */
  bits: number;
}

/** Copies the rows of a list into its new segments, and opens them. */
export async function copyOut(
  sql: SqlStorage,
  { list, share, bits }: Split,
  others: OtherObjects,
): Promise<void> {
  for (const table of tablesOf(list)) {
    let after: SqlValue[] | null = null;
    for (;;) {
      const rows = readRows(sql, table, list, after);
      const bySegment = Map.groupBy(rows, (row) =>
        segmentObject(list, shareOfBucket(bits, table.bucketOf(row))),
      );
      await pMap(bySegment, ([name, group]) => others.write(name, [insertRows(table, group)]));
      const last = rows.at(-1);
      if (last === undefined || rows.length < STORE_ROWS_PER_COPY) break;
      after = table.key.map((column) => last[column] ?? null);
    }
  }
  const counts = await pMap(splitOf(share, bits), async (part): Promise<SegmentCount> => {
    const segment = segmentObject(list, part);
    return { segment, n: await others.open(segment, list, part), version: 0 };
  });
  const sum = sumCounts(list, counts, segmentObject(list, share));
  if (sum.length > 0) await others.write(segmentObject(list, WHOLE), sum);
}

type Row = Record<string, SqlValue>;

function readRows(
  sql: SqlStorage,
  { table, owner, columns, key }: ListTable,
  list: string,
  after: readonly SqlValue[] | null,
): Row[] {
  const position = after === null ? "" : `AND (${key.join()}) > (${key.map(() => "?").join()})`;
  const query = `SELECT ${columns.join()} FROM ${table} WHERE ${owner} = ? ${position}
    ORDER BY ${key.join()} LIMIT ${STORE_ROWS_PER_COPY}`;
  const parameters = [listParts(list).owner, ...(after ?? [])];
  return execute(sql, { sql: query, parameters }).rows.map((row) =>
    Object.fromEntries(columns.map((column, n) => [column, row[n] ?? null])),
  );
}

function insertRows({ table, columns }: ListTable, rows: readonly Row[]): Statement {
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  const picks = columns.map((_, n) => `value ->> ${n}`).join();
  return {
    sql: `INSERT OR REPLACE INTO ${table} (${columns.join()}) SELECT ${picks} FROM json_each(?)`,
    parameters: [JSON.stringify(values)],
  };
}

/** Deletes some rows of a list that this object no longer has. @returns whether all are gone */
export function dropRows(sql: SqlStorage, list: string): boolean {
  const id = listParts(list).owner;
  return tablesOf(list).every(({ table, owner, key }) => {
    const some = sql.exec(
      `DELETE FROM ${table} WHERE ${owner} = ? AND (${key.join()}) IN
        (SELECT ${key.join()} FROM ${table} WHERE ${owner} = ? LIMIT ${STORE_ROWS_PER_COPY})`,
      id,
      id,
    );
    return some.rowsWritten === 0;
  });
}

/** The share of a list that this object has as a segment; null if it is none. */
export function segmentIn(sql: SqlStorage, list: string): Share | null {
  const [row] = sql
    .exec<{ bits: number; k: number }>("SELECT bits, k FROM segments WHERE list = ?", list)
    .toArray();
  return row ?? null;
}

/** Makes this object a segment, unless it is one. @returns how many members it counts */
export function openSegment(
  storage: DurableObjectStorage,
  list: string,
  { bits, k }: Share,
): number {
  const { sql } = storage;
  return storage.transactionSync(() => {
    const isOpen = segmentIn(sql, list) !== null;
    if (!isOpen) for (const statement of writeCount(list)) execute(sql, statement);
    const n = countIn(sql, list) ?? 0;
    if (!isOpen) {
      const insert = "INSERT INTO segments (list, bits, k, sent, version) VALUES (?, ?, ?, ?, 0)";
      sql.exec(insert, list, bits, k, n);
    }
    return n;
  });
}

/** How many members of a list this object counts; null if it has no count. */
export function countIn(sql: SqlStorage, list: string): number | null {
  const read = readCount(list);
  if (read === null) return null;
  const [row] = sql.exec<{ n: number }>(read.sql, ...read.parameters).toArray();
  return row?.n ?? null;
}
