/** One Redis database as the mover uses it. */
import { z } from "zod";
import { batchesOf, bytesInJson } from "../../feed/delivery/batches.ts";
import { charsOfBucket } from "../../feed/ids.ts";
import type { MovablePlace, NotingPlace, RowPlace, RunPlace } from "../places/place.ts";
import { bucketOfKey, keyOf, type Rows, type Table } from "../rows.ts";
import { numberSchema } from "./answers.ts";
import type { Database } from "./database.ts";
import { chunksOf, LARGE_ROWS } from "./databases.ts";
import { moverScript, script } from "./lua.ts";
import { addressOf, argumentsOf, noteOfRow, readRows, rowOfNote } from "./place-rows.ts";
import { DROPPERS, WRITERS } from "./row-scripts.ts";

const BEGIN = script("redis.call('SET', 'move-run', ARGV[1])");
const PROGRESS = script("return redis.call('GET', 'move-progress')");
const SET_PROGRESS = moverScript(`
if ARGV[1] == '' then redis.call('DEL', 'move-progress') else redis.call('SET', 'move-progress', ARGV[1]) end`);

/** `held(bucket)`: state, version and end of the fence, and the other place. */
const HELD_OF = `
local function held(bucket)
  local text = redis.call('HGET', 'placement', bucket)
  return string.match(text or '0:-1:0:', '^(%d):(%-?%d+):(%d+):(.*)$')
end
local function hold(bucket, state, version, untilMs, other)
  redis.call('HSET', 'placement', bucket, string.format('%d:%d:%d:%s', state, version, untilMs, other))
end`;

const LEAVE = moverScript(
  HELD_OF,
  `
for i = 1, #ARGV, 2 do
  local state, version = held(ARGV[i])
  if state == '1' or state == '2' or state == '3' then
    hold(ARGV[i], 2, version, 0, ARGV[i + 1])
    redis.call('SADD', 'leaving', ARGV[i])
  end
end`,
);

/** Work that goes through all rows of a database has not seen those that arrive. */
const EXPECT = moverScript(
  HELD_OF,
  `
for i = 1, #ARGV, 3 do
  local state, version = held(ARGV[i])
  if (state == '0' or state == '4' or state == '5') and tonumber(version) < tonumber(ARGV[i + 2]) then
    hold(ARGV[i], 5, ARGV[i + 2], 0, ARGV[i + 1])
  end
end
redis.call('DEL', 'walk:reposts')`,
);

const FENCE = moverScript(
  HELD_OF,
  `
local state, version, _, other = held(ARGV[1])
if state == '2' or state == '3' then
  local now = redis.call('TIME')
  hold(ARGV[1], 3, version, now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2], other)
end`,
);

const RELEASE = moverScript(
  HELD_OF,
  `
local state, version, _, other = held(ARGV[1])
if state ~= '2' and state ~= '3' then return 0 end
if redis.call('EXISTS', 'changes:' .. ARGV[1]) == 1 then return 0 end
hold(ARGV[1], 4, version + 1, 0, other)
redis.call('SREM', 'leaving', ARGV[1])
return 1`,
);

/** Changes of one bucket or of all: the bucket, the row and the sequence of each. */
const CHANGES = script(`
local found, limit = {}, tonumber(ARGV[1])
local buckets = ARGV[2] and { ARGV[2] } or redis.call('SMEMBERS', 'leaving')
for _, bucket in ipairs(buckets) do
  local left = limit - #found
  if left <= 0 then break end
  local rows = redis.call('ZRANGE', 'changes:' .. bucket, 0, left - 1, 'WITHSCORES')
  for i = 1, #rows, 2 do found[#found + 1] = { rows[i], rows[i + 1] } end
end
return found`);

const NOTE = moverScript(`
for i = 1, #ARGV, 2 do
  redis.call('ZADD', 'changes:' .. ARGV[i], redis.call('INCR', 'changes-seq'), ARGV[i + 1])
end`);

/** A row that changed again since has another sequence, and its change stays. */
const FORGET = moverScript(`
for i = 1, #ARGV, 3 do
  local key = 'changes:' .. ARGV[i]
  if redis.call('ZSCORE', key, ARGV[i + 1]) == ARGV[i + 2] then redis.call('ZREM', key, ARGV[i + 1]) end
end`);

const changesSchema = z.array(z.tuple([z.string(), numberSchema]));

/** Changes that one script handles. */
const CHANGES_PER_SCRIPT = 500;

/** @param nowMs the time, which decides how long an idempotency key remains valid */
export function upstashMover(database: Database, nowMs: () => number): MovablePlace {
  return {
    ...runSteps(database),
    ...readRows(database),
    ...writeRows(database, nowMs),
    ...notes(database),
  };
}

function runSteps(database: Database): RunPlace {
  return {
    async begin(run) {
      await database.run(BEGIN, [run]);
    },

    progress: async () =>
      z
        .string()
        .nullable()
        .parse(await database.run(PROGRESS, [])),

    async setProgress(run, progress) {
      await database.run(SET_PROGRESS, [progress ?? ""], [run]);
    },

    async leave(run, moves) {
      const args = moves.flatMap(({ bucket, to }) => [charsOfBucket(bucket), to]);
      await database.run(LEAVE, args, [run]);
    },

    async expect(run, buckets) {
      const args = buckets.flatMap(({ bucket, from, version }) => [
        charsOfBucket(bucket),
        from,
        version,
      ]);
      await database.run(EXPECT, args, [run]);
    },

    async fence(run, bucket, forMs) {
      await database.run(FENCE, [charsOfBucket(bucket), forMs], [run]);
    },

    release: async (run, bucket) =>
      (await database.run(RELEASE, [charsOfBucket(bucket)], [run])) === 1,
  };
}

function writeRows(database: Database, nowMs: () => number): Pick<RowPlace, "put" | "drop"> {
  return {
    async put<T extends Table>(run: string, table: T, rows: readonly Rows[T][]) {
      const chars = rows.map((row) => charsOfBucket(bucketOfKey(table, keyOf(table, row))));
      const all = rows.map((row) => argumentsOf(table, row, nowMs()));
      const bytesOf = (args: readonly unknown[]) => bytesInJson(args.join());
      await Promise.all(
        [...batchesOf(all, LARGE_ROWS, bytesOf)].map((some) =>
          database.run(WRITERS[table], some.flat(), [run, ...new Set(chars)]),
        ),
      );
    },

    async drop(run, table, keys) {
      await Promise.all(
        chunksOf(keys, CHANGES_PER_SCRIPT).map((some) => {
          const args = some.flatMap((key) => [
            ...addressOf(table, key),
            charsOfBucket(bucketOfKey(table, key)),
          ]);
          return database.run(DROPPERS[table], args, [run]);
        }),
      );
    },
  };
}

function notes(database: Database): NotingPlace {
  return {
    async changes(bucket, limit) {
      const args = bucket === null ? [limit] : [limit, charsOfBucket(bucket)];
      const found = changesSchema.parse(await database.run(CHANGES, args));
      return found.map(([note, seq]) => ({ seq, ...rowOfNote(note) }));
    },

    async note(run, table, keys) {
      const args = keys.flatMap((key) => [
        charsOfBucket(bucketOfKey(table, key)),
        noteOfRow(table, key),
      ]);
      await database.run(NOTE, args, [run]);
    },

    async forget(run, changes) {
      const args = changes.flatMap(({ table, key, seq }) => [
        charsOfBucket(bucketOfKey(table, key)),
        noteOfRow(table, key),
        seq,
      ]);
      await database.run(FORGET, args, [run]);
    },
  };
}
