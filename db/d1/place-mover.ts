/** One D1 database as the mover uses it. */
import { z } from "zod";
import { batchesOf, bytesInJson } from "../../feed/delivery/batches.ts";
import { charsOfBucket } from "../../feed/ids.ts";
import type { Change, MovablePlace, NotingPlace, RowPlace, RunPlace } from "../places/place.ts";
import { bucketOfKey, isTable, keyOf, keySchema, ROW_KEYS, type Table } from "../rows.ts";
import { LARGE_ROWS } from "./json.ts";
import { stateNumber } from "./place-holdings.ts";
import {
  charsIn,
  keyColumns,
  picks,
  readRows,
  sqlTable,
  upsertOf,
  valuesOf,
} from "./place-rows.ts";
import type { PlaceShard } from "./place-shard.ts";

const RUN = "run";
const PROGRESS = "progress";
const [HERE, LEAVING, FENCED, AWAY, ARRIVING] = [
  stateNumber("here"),
  stateNumber("leaving"),
  stateNumber("fenced"),
  stateNumber("away"),
  stateNumber("arriving"),
];

/** Fails unless a run is the one that `begin` has stored. */
const ASSERT_RUN = `SELECT json_extract('{}', 'skein:run ended ' || ?1)
  WHERE NOT EXISTS (SELECT 1 FROM place_state WHERE name = '${RUN}' AND value = ?1)`;
/** Fails unless all buckets of a list have a state of another list. */
const ASSERT_STATE = `SELECT json_extract('{}', 'skein:run ended ' || value) FROM json_each(?1)
  WHERE NOT EXISTS (SELECT 1 FROM placement AS p
    WHERE p.bucket = value AND p.state IN (SELECT value FROM json_each(?2)))`;
/** What the release of a bucket fails with while changes of it are noted. */
const CHANGED = "skein:changed";

const changeSchema = z
  .object({ seq: z.int(), tbl: z.string(), key: z.string() })
  .transform(({ seq, tbl, key }): Change[] =>
    isTable(tbl) ? [{ seq, table: tbl, key: keySchema.parse(JSON.parse(key)) }] : [],
  );

/** One of a run's statements: SQL and its parameters. */
type Bound = readonly [sql: string, ...parameters: (string | number)[]];

/** Runs statements of a run in one transaction. @throws RunEnded */
type InRun = (run: string, ...statements: Bound[]) => Promise<D1Result[]>;

export function d1Mover(shard: PlaceShard): MovablePlace {
  const inRun: InRun = (run, ...statements) =>
    shard.whole((session) =>
      session.batch(
        ([[ASSERT_RUN, run], ...statements] as Bound[]).map(([sql, ...parameters]) =>
          session.prepare(sql).bind(...parameters),
        ),
      ),
    );
  return {
    ...runSteps(shard, inRun),
    ...holdingSteps(inRun),
    ...readRows(shard),
    ...writeRows(inRun),
    ...notes(shard, inRun),
  };
}

type RunSteps = Pick<MovablePlace, "begin" | "progress" | "setProgress">;

function runSteps(shard: PlaceShard, inRun: InRun): RunSteps {
  return {
    async begin(run) {
      await shard.whole((session) =>
        session
          .prepare(
            "INSERT INTO place_state (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
          )
          .bind(RUN, run)
          .run(),
      );
    },

    progress: () =>
      shard.whole((session) =>
        session
          .prepare("SELECT value FROM place_state WHERE name = ?")
          .bind(PROGRESS)
          .first("value"),
      ),

    async setProgress(run, progress) {
      const write: Bound =
        progress === null
          ? ["DELETE FROM place_state WHERE name = ?", PROGRESS]
          : [
              "INSERT INTO place_state (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
              PROGRESS,
              progress,
            ];
      await inRun(run, write);
    },
  };
}

function holdingSteps(inRun: InRun): Omit<RunPlace, keyof RunSteps> {
  return {
    async leave(run, moves) {
      await inRun(run, [
        `UPDATE placement SET state = ${LEAVING}, noted = 1, other = m.value ->> 1
         FROM json_each(?) AS m
         WHERE placement.bucket = m.value ->> 0 AND placement.state IN (${HERE}, ${LEAVING}, ${FENCED})`,
        JSON.stringify(moves.map(({ bucket, to }) => [bucket, to])),
      ]);
    },

    async expect(run, buckets) {
      const rows = buckets.map(({ bucket, from, version }) => [
        bucket,
        charsOfBucket(bucket),
        from,
        version,
      ]);
      await inRun(
        run,
        [
          `INSERT INTO placement (bucket, chars, state, other, version)
           SELECT value ->> 0, value ->> 1, ${ARRIVING}, value ->> 2, value ->> 3
           FROM json_each(?) WHERE true
           ON CONFLICT (bucket) DO UPDATE SET state = ${ARRIVING}, other = excluded.other,
             version = excluded.version
           WHERE placement.version < excluded.version AND placement.state IN (${AWAY}, ${ARRIVING})`,
          JSON.stringify(rows),
        ],
        // Work that goes through all rows of a shard has not seen those that arrive.
        ["DELETE FROM walks"],
      );
    },

    async fence(run, bucket, forMs) {
      await inRun(run, [
        `UPDATE placement SET state = ${FENCED}, until_ms = unixepoch('subsec') * 1000 + ?
         WHERE bucket = ? AND state IN (${LEAVING}, ${FENCED})`,
        forMs,
        bucket,
      ]);
    },

    async release(run, bucket) {
      try {
        const [, , released] = await inRun(
          run,
          [
            `SELECT json_extract('{}', '${CHANGED} ' || seq) FROM changes WHERE chars = ? LIMIT 1`,
            charsOfBucket(bucket),
          ],
          [
            `UPDATE placement SET state = ${AWAY}, noted = 0, version = version + 1
             WHERE bucket = ? AND state IN (${LEAVING}, ${FENCED}) RETURNING bucket`,
            bucket,
          ],
        );
        return (released?.results.length ?? 0) > 0;
      } catch (error) {
        if (error instanceof Error && error.message.includes(CHANGED)) return false;
        throw error;
      }
    },
  };
}

function writeRows(inRun: InRun): Pick<RowPlace, "put" | "drop"> {
  return {
    async put(run, table, rows) {
      const { columns, sql } = upsertOf(table);
      const buckets = [...new Set(rows.map((row) => bucketOfKey(table, keyOf(table, row))))];
      const values = rows.map((row) => JSON.stringify(valuesOf(columns, row)));
      for (const some of batchesOf(values, LARGE_ROWS, bytesInJson)) {
        await inRun(
          run,
          [ASSERT_STATE, JSON.stringify(buckets), `[${ARRIVING}]`],
          [sql, `[${some.join()}]`],
        );
      }
    },

    async drop(run, table, keys) {
      if (keys.length === 0) return;
      await inRun(run, [
        `DELETE FROM ${sqlTable(table)} WHERE ${keyColumns(table)} IN
           (SELECT ${picks(ROW_KEYS[table].length)} FROM json_each(?))
           AND ${elsewhere(table)}`,
        JSON.stringify(keys),
      ]);
    },
  };
}

function notes(shard: PlaceShard, inRun: InRun): NotingPlace {
  return {
    changes: (bucket, limit) =>
      shard.whole(async (session) => {
        const of = bucket === null ? "" : "WHERE chars = ?2";
        const statement = session.prepare(
          `SELECT seq, tbl, key FROM changes ${of} ORDER BY seq LIMIT ?1`,
        );
        const bound =
          bucket === null ? statement.bind(limit) : statement.bind(limit, charsOfBucket(bucket));
        const { results } = await bound.all();
        return results.flatMap((row) => changeSchema.parse(row));
      }),

    async note(run, table, keys) {
      const rows = keys.map((key) => [
        charsOfBucket(bucketOfKey(table, key)),
        table,
        JSON.stringify(key),
      ]);
      await inRun(run, [
        `INSERT INTO changes (chars, tbl, key)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
        JSON.stringify(rows),
      ]);
    },

    async forget(run, changes) {
      await inRun(run, [
        "DELETE FROM changes WHERE seq IN (SELECT value FROM json_each(?))",
        JSON.stringify(changes.map(({ seq }) => seq)),
      ]);
    },
  };
}

/** A condition: the row's bucket is arriving or away. */
function elsewhere(table: Table): string {
  const match = table === "tallies" ? "p.bucket = tallies.bucket" : `p.chars = ${charsIn(table)}`;
  return `EXISTS (SELECT 1 FROM placement AS p WHERE ${match} AND p.state IN (${AWAY}, ${ARRIVING}))`;
}
