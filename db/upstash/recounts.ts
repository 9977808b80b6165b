/**
 * Recounts in Redis. The tallies of reactions are the sizes of sets and can't be wrong; the count of
 * replies is a number of its own, and can.
 */
import { z } from "zod";
import { NO_COUNTS } from "../../feed/timeline/entry.ts";
import type { PostId } from "../../feed/ids.ts";
import type { Tallies } from "../../feed/counts/tally.ts";
import type { Correction, RecountStore } from "../store.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import type { Databases } from "./databases.ts";
import { script, SERIES } from "./lua.ts";
import { ALL_TALLIES, replyTalliesOf, talliesSchema } from "./reactions.ts";

/** Posts that one script handles. */
const POSTS_PER_SCRIPT = 100;

const POSTS_AFTER = script(SERIES, "return seriesAfter('originals', ARGV[1], tonumber(ARGV[2]))");

/** Corrects the count of replies. Returns the old and the new count. */
const RECOUNT = script(`
local wrong = {}
for _, post in ipairs(ARGV) do
  local row = redis.call('HMGET', 'post:' .. post, 'author', 'replies', 'repostOf')
  local is = redis.call('ZCARD', 'replies:' .. post)
  if row[1] and not row[3] and tonumber(row[2] or 0) ~= is then
    redis.call('HSET', 'post:' .. post, 'replies', is)
    redis.call('HINCRBY', 'post:' .. post, 'repliesVersion', 1)
    wrong[#wrong + 1] = { post, row[2] or 0, is }
  end
end
return wrong`);

const wrongSchema = z.array(z.tuple([z.string(), numberSchema, numberSchema]));

export function upstashRecounts(databases: Databases): RecountStore {
  return {
    async postsAfter(after, limit) {
      const answers = await Promise.all(
        databases.all.map((database) => database.run(POSTS_AFTER, [after ?? "", limit])),
      );
      return answers
        .flatMap((answer) => stringsSchema.parse(answer))
        .sort()
        .slice(0, limit);
    },

    async recount(some) {
      const wrong = await databases.inGroups(
        some,
        (post) => post,
        POSTS_PER_SCRIPT,
        async (database, group) => wrongSchema.parse(await database.run(RECOUNT, group)),
      );
      return wrong.flat().map(([post, was, is]): Correction => ({
        post,
        what: "replies",
        was: { ...NO_COUNTS, replies: was },
        is: { ...NO_COUNTS, replies: is },
      }));
    },

    async talliesOf(some) {
      const [buckets, counts] = await Promise.all([
        Promise.all(databases.all.map((database) => database.run(ALL_TALLIES, [...some]))),
        replyTalliesOf(databases, some),
      ]);
      const known = new Map<PostId, Tallies>();
      for (const [post, replies] of counts) known.set(post, { buckets: [], replies });
      for (const { post, ...tally } of buckets.flatMap((answer) => talliesSchema.parse(answer))) {
        known.get(post)?.buckets.push(tally);
      }
      return known;
    },
  };
}
