/** The rows of one D1 database, by table. */
import { charsOfBucket } from "../../feed/ids.ts";
import { MOVE_MESSAGES_PER_PIECE, MOVE_SCAN_ROWS } from "../../feed/limits.ts";
import type { RowPlace } from "../places/place.ts";
import { keySchema, ROW_KEYS, type Rows, rowSchemas, type Table } from "../rows.ts";
import type { PlaceShard } from "./place-shard.ts";

const OF_MESSAGES: readonly Table[] = ["outbox", "deadLetters"];

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const columnsOf = (table: Table): string[] => Object.keys(rowSchemas[table].shape);
const list = (names: readonly string[]): string => names.map(snake).join(", ");

/** The name of a table in SQL. */
export function sqlTable(table: Table): string {
  return snake(table);
}

/** The columns of a table's key, as a value in SQL. */
export function keyColumns(table: Table): string {
  return `(${list(ROW_KEYS[table])})`;
}

/** The first values of an array in `json_each`. */
export function picks(count: number): string {
  return Array.from({ length: count }, (_, n) => `value ->> ${n}`).join(", ");
}

/** The characters of a row's bucket; every key begins with an id that has them. */
export function charsIn(table: Table): string {
  return `substr(${sqlTable(table)}.${snake(ROW_KEYS[table][0] ?? "id")}, 10, 2)`;
}

/** A condition: the row is in one of some buckets. The parameter is their list, as `bucketList` makes it. */
function inBuckets(table: Table): string {
  const of = table === "tallies" ? "bucket" : charsIn(table);
  return `${of} IN (SELECT value FROM json_each(?))`;
}

function bucketList(table: Table, buckets: readonly number[]): string {
  return JSON.stringify(table === "tallies" ? buckets : buckets.map(charsOfBucket));
}

/** Reading rows, whatever their buckets' states. */
export function readRows(shard: PlaceShard): Pick<RowPlace, "read" | "pick"> {
  return {
    async read<T extends Table>(table: T, cursor: string | null, buckets: readonly number[]) {
      const scan = OF_MESSAGES.includes(table) ? MOVE_MESSAGES_PER_PIECE : MOVE_SCAN_ROWS;
      const [name, keys] = [sqlTable(table), keyColumns(table)];
      const [where, at] =
        cursor === null
          ? ["true", []]
          : [
              `${keys} > (SELECT ${picks(ROW_KEYS[table].length)} FROM json_each(?))`,
              [`[${cursor}]`],
            ];
      const scanned = `SELECT * FROM ${name} WHERE ${where} ORDER BY ${list(ROW_KEYS[table])} LIMIT ${scan}`;
      const [own, ends] = await shard.whole((session) =>
        session.batch<Record<string, unknown>>([
          session
            .prepare(
              `SELECT ${list(columnsOf(table))} FROM (${scanned}) AS ${name} WHERE ${inBuckets(table)}`,
            )
            .bind(...at, bucketList(table, buckets)),
          session
            .prepare(
              `SELECT ${list(ROW_KEYS[table])} FROM (${scanned}) AS ${name} LIMIT 1 OFFSET ${scan - 1}`,
            )
            .bind(...at),
        ]),
      );
      const [end] = ends?.results ?? [];
      const next = end === undefined ? null : JSON.stringify(keySchema.parse(Object.values(end)));
      return { rows: (own?.results ?? []).map((row) => parseRow(table, row)), next };
    },

    async pick<T extends Table>(table: T, keys: readonly (readonly (string | number)[])[]) {
      if (keys.length === 0) return [];
      const { results } = await shard.whole((session) =>
        session
          .prepare(
            `SELECT ${list(columnsOf(table))} FROM ${sqlTable(table)} WHERE ${keyColumns(table)} IN
               (SELECT ${picks(ROW_KEYS[table].length)} FROM json_each(?))`,
          )
          .bind(JSON.stringify(keys))
          .all<Record<string, unknown>>(),
      );
      return results.map((row) => parseRow(table, row));
    },
  };
}

/** The statement that writes rows over those with the same keys. Its parameter is a list of `valuesOf`. */
export function upsertOf(table: Table): { columns: string[]; sql: string } {
  const [columns, keys] = [columnsOf(table), ROW_KEYS[table]];
  const others = columns.filter((name) => !keys.some((key) => key === name)).map(snake);
  const set = others.map((name) => `${name} = excluded.${name}`).join(", ");
  return {
    columns,
    sql: `INSERT INTO ${sqlTable(table)} (${list(columns)})
      SELECT ${picks(columns.length)} FROM json_each(?) WHERE true
      ON CONFLICT (${list(keys)}) DO ${set === "" ? "NOTHING" : `UPDATE SET ${set}`}`,
  };
}

/** The values of a row's columns, in their order. */
export function valuesOf(columns: readonly string[], row: object): unknown[] {
  const values = new Map<string, unknown>(Object.entries(row));
  return columns.map((name) => values.get(name));
}

function parseRow<T extends Table>(table: T, row: Record<string, unknown>): Rows[T] {
  const named = columnsOf(table).map((name) => [name, row[snake(name)]]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the table has just made it one
  return rowSchemas[table].parse(Object.fromEntries(named)) as Rows[T];
}
