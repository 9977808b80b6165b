/**
 * Imports in Redis. The keys of an owner are fields of a hash, each with the post and its state; the ids that
 * an author has given to keys are a set.
 */
import { z } from "zod";
import { type BatchLimits } from "../../feed/delivery/batches.ts";
import { idOwner } from "../../feed/ids.ts";
import { type ImportStore, keySlot, LISTED, RESERVED, WRITTEN } from "../store/imports.ts";
import { IdTaken } from "../store.ts";
import { numberSchema } from "./answers.ts";
import { LARGE_ROWS, type PlaceScripts } from "./databases.ts";
import { BUMP, script, SERIES } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";
import { IMPORT_REACTION, setReactionArgs } from "./reactions.ts";

/** Keys that one script handles. */
const KEYS_PER_SCRIPT = 500;
/** Posts that one script writes: their texts and their jobs. */
const POSTS: BatchLimits = LARGE_ROWS;

/** The field of a key. It is never the word OK, which the REST protocol leaves unencoded. */
export function keyField(key: string): string {
  return `=${key}`;
}

/** The field and the content of each row that exists. */
const ROWS = script(`
local found = {}
for i = 1, #ARGV, 2 do
  local row = redis.call('HGET', 'imported:' .. ARGV[i], ARGV[i + 1])
  if row then found[#found + 1] = { ARGV[i + 1], string.sub(row, 1, 16), string.sub(row, 18) } end
end
return found`);

const LIST = script(`
local found = {}
for i = 1, #ARGV, 3 do
  local owner, field = ARGV[i], ARGV[i + 1]
  local row = redis.call('HGET', 'imported:' .. owner, field)
  if not row then
    row = ARGV[i + 2] .. ':${LISTED}'
    redis.call('HSET', 'imported:' .. owner, field, row)
  end
  found[#found + 1] = { field, string.sub(row, 1, 16), string.sub(row, 18) }
end
return found`);

const RESERVE = script(`
local found = {}
for i = 1, #ARGV, 3 do
  local author, field, id = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local row = redis.call('HGET', 'imported:' .. author, field)
  if not row and redis.call('EXISTS', 'post:' .. id) == 0
    and redis.call('SISMEMBER', 'imported-ids:' .. author, id) == 0 then
    row = id .. ':${RESERVED}'
    redis.call('HSET', 'imported:' .. author, field, row)
    redis.call('SADD', 'imported-ids:' .. author, id)
  end
  if row then found[#found + 1] = { field, string.sub(row, 1, 16), string.sub(row, 18) } end
end
return found`);

/** Writes posts of one author, each of six arguments, and their jobs. */
const WRITE = script(
  BUMP,
  SERIES,
  ADD_JOBS,
  `
local author, count = ARGV[1], tonumber(ARGV[2])
local jobs = 3 + count * 5
if taken(jobs) then return redis.error_reply('TAKEN') end
for i = 3, jobs - 1, 5 do
  if redis.call('HGET', 'imported:' .. author, ARGV[i]) == ARGV[i + 1] .. ':${RESERVED}'
    and redis.call('EXISTS', 'post:' .. ARGV[i + 1]) == 1 then
    return redis.error_reply('TAKEN')
  end
end
for i = 3, jobs - 1, 5 do
  local field, id = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', 'imported:' .. author, field) == id .. ':${RESERVED}' then
    redis.call('HSET', 'post:' .. id, 'author', author, 'text', ARGV[i + 2])
    if ARGV[i + 3] ~= '' then
      redis.call('HSET', 'post:' .. id, 'replyTo', ARGV[i + 3], 'replyToAuthor', ARGV[i + 4])
    end
    redis.call('ZADD', 'posts:' .. author, 0, id)
    seriesAdd('originals', id)
    bump(author, 'posts', 1)
    redis.call('HSET', 'imported:' .. author, field, id .. ':${WRITTEN}')
  end
end
addJobs(jobs)`,
);

const rowsSchema = z.array(z.tuple([z.string(), z.string(), numberSchema]));

export function upstashImports(scripts: PlaceScripts): ImportStore {
  return {
    ...keyLists(scripts),

    async reservePosts(wanted) {
      const found = await scripts.inGroups(
        wanted,
        ({ author }) => author,
        KEYS_PER_SCRIPT,
        async (database, group) => {
          const args = group.flatMap(({ author, key, id }) => [author, keyField(key), id]);
          return rowsSchema.parse(await database.run(RESERVE, args));
        },
      );
      return found.flat().map(([field, post, state]) => ({
        key: field.slice(1),
        post,
        written: state === WRITTEN,
      }));
    },

    async writePosts(posts, jobs) {
      const jobsOf = Map.groupBy(jobs, ({ id }) => idOwner(id));
      await Promise.all(
        [...Map.groupBy(posts, ({ author }) => author)].map(async ([author, own]) => {
          let caused = jobArgs(jobsOf.get(idOwner(author)) ?? []);
          await scripts.inBatches(
            own,
            () => author,
            POSTS,
            ({ text }) => 4 * text.length,
            (database, group) => {
              const rows = group.flatMap(({ key, id, text, replyTo }) => [
                keyField(key),
                id,
                JSON.stringify(text),
                replyTo?.id ?? "",
                replyTo?.author ?? "",
              ]);
              // The jobs go with the first batch: those of a request reach Redis in their order.
              const args = [author, group.length, ...rows, ...caused];
              caused = jobArgs([]);
              return database.run(WRITE, args);
            },
          );
        }),
      );
    },

    async importReactions(news, nowMs) {
      await Promise.all(
        news.map(async ({ jobs, ...reaction }) => {
          const args = setReactionArgs({ ...reaction, active: true, nowMs }, jobs);
          try {
            await scripts.at(reaction.actor).run(IMPORT_REACTION, args);
          } catch (error) {
            // Its entry belongs to something else; the caller finds that it is missing.
            if (!(error instanceof IdTaken)) throw error;
          }
        }),
      );
    },
  };
}

function keyLists(scripts: PlaceScripts): Pick<ImportStore, "keysListed" | "listKeys"> {
  return {
    async keysListed(keys) {
      const found = await scripts.inGroups(
        [...new Set(keys)],
        keySlot,
        KEYS_PER_SCRIPT,
        async (database, group) => {
          const args = group.flatMap((key) => [keySlot(key), keyField(key)]);
          return rowsSchema.parse(await database.run(ROWS, args));
        },
      );
      return found.flat().map(([field, post]) => ({ key: field.slice(1), post }));
    },

    async listKeys(entries) {
      const found = await scripts.inGroups(
        entries,
        ({ key }) => keySlot(key),
        KEYS_PER_SCRIPT,
        async (database, group) => {
          const args = group.flatMap(({ key, post }) => [keySlot(key), keyField(key), post]);
          return rowsSchema.parse(await database.run(LIST, args));
        },
      );
      return found.flat().map(([field, post]) => ({ key: field.slice(1), post }));
    },
  };
}
