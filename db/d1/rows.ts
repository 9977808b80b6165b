/** The rows of all D1 shards, by table. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import { batchesOf, bytesInJson } from "../../feed/delivery/batches.ts";
import { LARGE_ROWS } from "./json.ts";
import {
  bucketOf,
  canonical,
  ROW_KEYS,
  type Rows,
  type RowStore,
  rowSchemas,
  type Table,
} from "../rows.ts";
import { Shards } from "./shards.ts";

/** Rows in one piece: about 150 KB of posts; fewer rows of tables that hold messages. */
const ROWS_PER_PAGE = 250;
const MESSAGES_PER_PAGE = 20;
const OF_MESSAGES: readonly Table[] = ["outbox", "deadLetters"];
/** Columns that hold JSON. */
const JSON_COLUMNS = new Set(["job", "body"]);

const cursorSchema = z.object({
  shard: z.int().min(0),
  after: z.array(z.union([z.string(), z.number()])).nullable(),
});

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const columnsOf = (table: Table): string[] => Object.keys(rowSchemas[table].shape);
const list = (names: readonly string[]) => sql.raw(names.map(snake).join(", "));
const picks = (count: number) =>
  sql.raw(Array.from({ length: count }, (_, n) => `value ->> ${n}`).join(", "));

export function d1Rows(bindings: readonly D1Database[]): RowStore {
  const shards = new Shards(bindings);
  return {
    async read(table, cursor) {
      const { shard, after } =
        cursor === null ? { shard: 0, after: null } : cursorSchema.parse(JSON.parse(cursor));
      const limit = OF_MESSAGES.includes(table) ? MESSAGES_PER_PAGE : ROWS_PER_PAGE;
      const [columns, keys] = [columnsOf(table), ROW_KEYS[table]];
      const position =
        after === null
          ? sql`true`
          : sql`(${list(keys)}) > (SELECT ${picks(keys.length)} FROM json_each(${JSON.stringify([after])}))`;
      const raw = await shards.inShard(shard, (database) =>
        database.all<Record<string, unknown>>(
          sql`SELECT ${list(columns)} FROM ${sql.raw(snake(table))} WHERE ${position}
            ORDER BY ${list(keys)} LIMIT ${limit}`,
        ),
      );
      const rows = raw.map((row) => parseRow(table, row));
      const last = rows.at(-1);
      if (rows.length === limit && last !== undefined) {
        const key = keys.map((name) => z.union([z.string(), z.number()]).parse(last[name]));
        return { rows, next: JSON.stringify({ shard, after: key }) };
      }
      const more = shard + 1 < shards.count;
      return { rows, next: more ? JSON.stringify({ shard: shard + 1, after: null }) : null };
    },

    async write(table, rows) {
      const [columns, keys] = [columnsOf(table), ROW_KEYS[table]];
      const others = columns.filter((name) => !keys.some((key) => key === name));
      const set = others.map((name) => `${snake(name)} = excluded.${snake(name)}`).join(", ");
      // The other side of a reaction is also written by jobs, from the side that decides.
      const newer = table === "reactors" ? "WHERE excluded.version >= reactors.version" : "";
      const conflict = sql.raw(set === "" ? "NOTHING" : `UPDATE SET ${set} ${newer}`);
      const groups = Map.groupBy(rows, (row) => bucketOf(table, row) % shards.count);
      await Promise.all(
        [...groups].map(([shard, group]) => {
          const values = group.map((row) => JSON.stringify(valuesOf(columns, row)));
          return shards.inShard(shard, async (database) => {
            for (const some of batchesOf(values, LARGE_ROWS, bytesInJson)) {
              await database.run(
                sql`INSERT INTO ${sql.raw(snake(table))} (${list(columns)})
                  SELECT ${picks(columns.length)} FROM json_each(${`[${some.join()}]`}) WHERE true
                  ON CONFLICT (${list(keys)}) DO ${conflict}`,
              );
            }
          });
        }),
      );
    },
  };
}

function parseRow<T extends Table>(table: T, row: Record<string, unknown>): Rows[T] {
  const named = columnsOf(table).map((name) => {
    const value = row[snake(name)];
    const json = JSON_COLUMNS.has(name) && typeof value === "string";
    return [name, json ? canonical(JSON.parse(value)) : value];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the table has just made it one
  return rowSchemas[table].parse(Object.fromEntries(named)) as Rows[T];
}

function valuesOf(columns: readonly string[], row: object): unknown[] {
  const values = new Map<string, unknown>(Object.entries(row));
  return columns.map((name) => values.get(name));
}
