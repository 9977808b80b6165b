/**
 * Recounts in Redis. The tallies of reactions are the sizes of sets and can't be wrong; the count of
 * replies is a number of its own, and can.
 */
import { z } from "zod";
import { NO_COUNTS } from "../../feed/timeline/entry.ts";
import type { RecountStore } from "../store.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { script, SERIES } from "./lua.ts";
import { IS_HERE } from "./lua-beginning.ts";
import { ALL_TALLIES, talliesIn, talliesSchema } from "./reactions.ts";

/** Posts whose tallies one script reads: up to a tally of each bucket. */
const POSTS_PER_SCRIPT = 20;
/** Tallies that a post is taken to have, so that even popular posts fit one answer. */
const TALLIES_OF_A_POST = 8;

/** Posts with tallies: the next position, and their ids. Redis keeps keys of all kinds together. */
const COUNTED_POSTS = script(`
local cursor, found = ARGV[1], {}
for round = 1, 100 do
  local part = redis.call('SCAN', cursor, 'MATCH', 'tally:*', 'COUNT', ARGV[2])
  cursor = part[1]
  for _, key in ipairs(part[2]) do found[#found + 1] = string.sub(key, 7) end
  if cursor == '0' or #found > 0 then break end
end
return { cursor, found }`);

/** Corrects the count of replies of the next posts: each post, its old and its new count, its version. */
const RECOUNT_REPLIES = script(
  SERIES,
  IS_HERE,
  `
local found = {}
for _, post in ipairs(seriesAfter('originals', ARGV[1], tonumber(ARGV[2]))) do
  local row = redis.call('HMGET', 'post:' .. post, 'author', 'replies', 'repliesVersion')
  local was, version = tonumber(row[2] or 0), tonumber(row[3] or 0)
  local is = redis.call('ZCARD', 'replies:' .. post)
  local here = isHere(post)
  if here and row[1] and was ~= is then
    redis.call('HSET', 'post:' .. post, 'replies', is)
    version = redis.call('HINCRBY', 'post:' .. post, 'repliesVersion', 1)
  end
  found[#found + 1] = { post, was, is, version, here and 1 or 0 }
end
return found`,
);

const countedSchema = z.tuple([z.string(), stringsSchema]);
const repliesSchema = z.array(
  z.tuple([z.string(), numberSchema, numberSchema, numberSchema, numberSchema]),
);

export function upstashRecounts(scripts: PlaceScripts): RecountStore {
  return {
    talliesOf: (keys) => talliesIn(scripts, keys),

    async recountReactions(_shard, position, limit) {
      const database = scripts.whole;
      const answer = await database.run(COUNTED_POSTS, [
        position ?? "0",
        Math.ceil(limit / TALLIES_OF_A_POST),
      ]);
      const [next, posts] = countedSchema.parse(answer);
      const read = await Promise.all(
        chunksOf(posts, POSTS_PER_SCRIPT).map((some) => database.run(ALL_TALLIES, some)),
      );
      const tallies = read.flatMap((some) => talliesSchema.parse(some));
      return { tallies, corrections: [], next: next === "0" ? null : next };
    },

    async recountReplies(_shard, position, limit) {
      const answer = await scripts.whole.run(RECOUNT_REPLIES, [position ?? "", limit]);
      const all = repliesSchema.parse(answer);
      const rows = all.filter(([, , , , here]) => here === 1);
      return {
        tallies: rows.map(([post, , replies, version]) => ({ post, replies, version })),
        corrections: rows
          .filter(([, was, is]) => was !== is)
          .map(([post, was, is]) => ({
            post,
            what: "replies",
            was: { ...NO_COUNTS, replies: was },
            is: { ...NO_COUNTS, replies: is },
          })),
        next: all.length === limit ? (all.at(-1)?.[0] ?? null) : null,
      };
    },
  };
}
