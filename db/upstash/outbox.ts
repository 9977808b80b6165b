/**
 * The outbox and the dead letters in Redis: a value for each job and a sorted set by due time; a value
 * for each letter and a sorted set by age.
 */
import { z } from "zod";
import { bytesInJson } from "../../feed/delivery/batches.ts";
import { type Id, idTimeMs } from "../../feed/ids.ts";
import { type Job, storedJobs } from "../../feed/delivery/jobs.ts";
import { OUTBOX_DUE_MS, REDIS_ANSWER_MAX_BYTES } from "../../feed/limits.ts";
import type { DeadLetter, DeadLetterStore, DueJobStore, OutboxStore } from "../store.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import type { Argument, Scripts } from "./database.ts";
import { type PlaceScripts, LARGE_ROWS } from "./databases.ts";
import { script } from "./lua.ts";
import { IS_HERE } from "./lua-beginning.ts";

/** Keys that one script handles. */
const KEYS_PER_SCRIPT = 500;

/**
 * `addJobs(at)`: adds the jobs in ARGV from `at` on. The parts of a fan-out differ in a few characters
 * and share the post, which the request carries once: a post of an author with a million followers has
 * a thousand parts, and would not fit a request otherwise.
 *
 * `added(at)`: whether the first of them exists. Only this call makes these jobs, so it ran before and
 * is repeated because its answer was lost.
 *
 * `taken(at)`: whether another job has the id of the first of them.
 */
export const ADD_JOBS = `
local function addJobs(at)
  local tails = tonumber(ARGV[at])
  for i = at + 1 + tails, #ARGV, 4 do
    local key, due, head, tail = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
    redis.call('SET', 'job:' .. key, head .. ARGV[at + tail])
    redis.call('ZADD', 'outbox', due, key)
  end
end
local function added(at)
  local first = ARGV[at + 1 + tonumber(ARGV[at])]
  return first and redis.call('EXISTS', 'job:' .. first) == 1
end
local function taken(at)
  local from = at + 1 + tonumber(ARGV[at])
  local there = ARGV[from] and redis.call('GET', 'job:' .. ARGV[from])
  return there and there ~= ARGV[from + 2] .. ARGV[at + tonumber(ARGV[from + 3])]
end`;

/** Arguments for `addJobs`. @param dueMs when the jobs are due; by default a while after their creation */
export function jobArgs(jobs: readonly Job[], dueMs?: number): Argument[] {
  const tails: string[] = [];
  const rows = jobs.flatMap((job) => {
    const [head, tail] = splitJob(job);
    if (!tails.includes(tail)) tails.push(tail);
    const due = dueMs ?? idTimeMs(job.id) + OUTBOX_DUE_MS;
    return [`${job.id}:${job.part}`, due, head, tails.indexOf(tail) + 1];
  });
  return [tails.length, ...tails, ...rows];
}

/** A job as JSON in two pieces; all parts of a fan-out share the second. */
function splitJob(job: Job): [head: string, tail: string] {
  if (job.kind !== "fanout") return ["", JSON.stringify(job)];
  const { change, ...rest } = job;
  return [JSON.stringify(rest).slice(0, -1), `,"change":${JSON.stringify(change)}}`];
}

/** A job's JSON as `addJobs` stores it: a call that is repeated, because its answer was lost, compares the texts. */
export function storedText(json: string): string {
  const job: unknown = JSON.parse(json);
  if (typeof job !== "object" || job === null || !("kind" in job)) return json;
  if (job.kind !== "fanout" || !("change" in job)) return JSON.stringify(job);
  const { change, ...rest } = job;
  return JSON.stringify({ ...rest, change });
}

const PUT = script(ADD_JOBS, "addJobs(1)");

const TAKE_DUE = script(
  IS_HERE,
  `
local keys = redis.call('ZRANGE', 'outbox', '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
local jobs, bytes = {}, 0
for _, key in ipairs(keys) do
  local job = redis.call('GET', 'job:' .. key)
  if job and isHere(key) then
    bytes = bytes + #job
    -- The others stay due.
    if #jobs > 0 and bytes > tonumber(ARGV[4]) then break end
    jobs[#jobs + 1] = job
    redis.call('ZADD', 'outbox', ARGV[2], key)
  elseif not job then
    redis.call('ZREM', 'outbox', key)
  end
end
return jobs`,
);

const DONE = script(`
for _, key in ipairs(ARGV) do
  redis.call('DEL', 'job:' .. key)
  redis.call('ZREM', 'outbox', key)
end`);

/** While a bucket moves, this counts its jobs in both places. */
const WAITING = script("return redis.call('ZCARD', 'outbox')");

export function upstashOutbox(scripts: PlaceScripts): OutboxStore {
  return {
    async put(jobs, dueMs) {
      await scripts.inBatches(
        jobs,
        (job) => job.id,
        LARGE_ROWS,
        (job) => bytesInJson(JSON.stringify(job)),
        (database, group) => database.run(PUT, jobArgs(group, dueMs)),
      );
    },

    async done(keys) {
      await scripts.inGroups(
        keys,
        (key) => key.id,
        KEYS_PER_SCRIPT,
        (database, group) =>
          database.run(
            DONE,
            group.map((key) => `${key.id}:${key.part}`),
          ),
      );
    },
  };
}

export function upstashDueJobs(scripts: PlaceScripts): DueJobStore {
  return {
    async takeDue(_shard, nowMs, restMs, limit) {
      const args = [nowMs, nowMs + restMs, limit, REDIS_ANSWER_MAX_BYTES];
      const answer = await scripts.whole.run(TAKE_DUE, args);
      return storedJobs(stringsSchema.parse(answer));
    },

    async waiting(_shard) {
      return numberSchema.parse(await scripts.whole.run(WAITING, []));
    },
  };
}

const KEEP = script(`
for i = 1, #ARGV, 2 do
  if redis.call('SET', 'dead-letter:' .. ARGV[i], ARGV[i + 1], 'NX') then
    redis.call('ZADD', 'dead-letters', 0, ARGV[i])
  end
end`);

/** Letters, and whether more exist that did not fit the answer. */
const LIST = script(
  IS_HERE,
  `
local found, bytes = {}, 0
local from, limit = ARGV[1], tonumber(ARGV[2])
while #found < limit do
  local ids = redis.call('ZRANGE', 'dead-letters', from, '+', 'BYLEX', 'LIMIT', 0, 100)
  for _, id in ipairs(ids) do
    if #found >= limit then break end
    if isHere(id) then
      local letter = redis.call('GET', 'dead-letter:' .. id)
      bytes = bytes + #letter
      if #found > 0 and bytes > tonumber(ARGV[3]) then return { found, 1 } end
      found[#found + 1] = { id, letter }
    end
  end
  if #ids < 100 then break end
  from = '(' .. ids[#ids]
end
return { found, 0 }`,
);

const REMOVE = script(`
for _, id in ipairs(ARGV) do
  redis.call('DEL', 'dead-letter:' .. id)
  redis.call('ZREM', 'dead-letters', id)
end`);

const COUNT = script("return redis.call('ZCARD', 'dead-letters')");

const letterSchema = z.object({ reason: z.string(), body: z.unknown() });
const lettersSchema = z.tuple([z.array(z.tuple([z.string(), z.string()])), numberSchema]);

function toLetter([id, text]: [string, string]): DeadLetter {
  const { reason, body } = letterSchema.parse(JSON.parse(text));
  return { id, reason, body };
}

/** Reads up to `limit` letters of one database, in as many answers as that takes. */
export async function lettersIn(
  database: Scripts,
  after: Id | null,
  limit: number,
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (;;) {
    const last = letters.at(-1)?.id ?? after;
    const args = [last === null ? "-" : `(${last}`, limit - letters.length, REDIS_ANSWER_MAX_BYTES];
    const [found, more] = lettersSchema.parse(await database.run(LIST, args));
    letters.push(...found.map(toLetter));
    if (more === 0) return letters;
  }
}

export function upstashDeadLetters(scripts: PlaceScripts): DeadLetterStore {
  return {
    async keep(letters) {
      await scripts.inBatches(
        letters,
        (letter) => letter.id,
        LARGE_ROWS,
        (letter) => bytesInJson(JSON.stringify(letter)),
        (database, group) =>
          database.run(
            KEEP,
            group.flatMap(({ id, reason, body }) => [id, JSON.stringify({ reason, body })]),
          ),
      );
    },

    list: (_shard, after, limit) => lettersIn(scripts.whole, after, limit),

    async count(_shard) {
      return numberSchema.parse(await scripts.whole.run(COUNT, []));
    },

    async remove(ids) {
      await scripts.inGroups(
        ids,
        (id) => id,
        KEYS_PER_SCRIPT,
        (database, group) => database.run(REMOVE, group),
      );
    },
  };
}
