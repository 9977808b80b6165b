/** The walk through reposts that were written before the posts' side existed, in Redis. */
import { z } from "zod";
import type { OldRepostStore } from "../store.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { script, STATE } from "./lua.ts";
import { SCAN } from "./row-scripts.ts";

/** Posts whose reposts one piece reads: up to some hundred reposts each. */
const POSTS_PER_PIECE = 50;
const PREFIX = "reposts:";

/** Reposts of a post from a position on: the next position; account, version, active, entry of each. */
const REPOSTS = script(
  STATE,
  `
local part = redis.call('HSCAN', 'reposts:' .. ARGV[1], ARGV[2], 'COUNT', ARGV[3])
local found = {}
for i = 1, #part[2], 2 do
  local text = redis.call('GET', 'reaction:' .. part[2][i] .. ':repost:' .. ARGV[1])
  if text then
    local version, active, entry = state(text)
    found[#found + 1] = { part[2][i], version, active, entry }
  end
end
return { part[1], found }`,
);

const WALK = script("return redis.call('GET', 'walk:reposts')");
const SET_WALK = script("redis.call('SET', 'walk:reposts', ARGV[1])");

/** As JSON, which Redis stores. */
const walkSchema = z.object({
  passes: z.int(),
  position: z.string().nullable(),
  dueMs: z.int(),
});
/** Redis's cursor among all keys, null at the end; and posts not read to their ends, with a position. */
const positionSchema = z.object({
  scan: z.string().nullable(),
  posts: z.array(z.tuple([z.string(), z.string()])),
});
const scanSchema = z.tuple([z.string(), stringsSchema]);
const partSchema = z.tuple([
  z.string(),
  z.array(z.tuple([z.string(), numberSchema, numberSchema, z.string()])),
]);

export function upstashOldReposts(scripts: PlaceScripts): OldRepostStore {
  return {
    async walk(_shard) {
      const text = z
        .string()
        .nullable()
        .parse(await scripts.whole.run(WALK, []));
      return text === null ? null : walkSchema.parse(JSON.parse(text));
    },

    async setWalk(_shard, walk) {
      await scripts.whole.run(SET_WALK, [JSON.stringify(walk)]);
    },

    async repostsFrom(_shard, position, limit) {
      const database = scripts.whole;
      let { scan, posts } =
        position === null ? { scan: "0", posts: [] } : positionSchema.parse(JSON.parse(position));
      if (posts.length === 0 && scan !== null) {
        const [next, keys] = scanSchema.parse(await database.run(SCAN, [scan, PREFIX]));
        scan = next === "0" ? null : next;
        posts = keys.map((key) => [key.slice(PREFIX.length), "0"]);
      }
      const parts = await Promise.all(
        posts.slice(0, POSTS_PER_PIECE).map(async ([post, from]) => {
          const [next, rows] = partSchema.parse(await database.run(REPOSTS, [post, from, limit]));
          const left: [string, string][] = next === "0" ? [] : [[post, next]];
          const reposts = rows.map(([actor, version, active, entry]) => ({
            actor,
            kind: "repost" as const,
            post,
            version,
            active: active === 1,
            entry: entry === "" ? null : entry,
          }));
          return { left, reposts };
        }),
      );
      const left = [...parts.flatMap((part) => part.left), ...posts.slice(POSTS_PER_PIECE)];
      const ended = scan === null && left.length === 0;
      return {
        reposts: parts.flatMap((part) => part.reposts),
        next: ended ? null : JSON.stringify({ scan, posts: left }),
      };
    },
  };
}
