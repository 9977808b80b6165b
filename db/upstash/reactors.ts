/**
 * The posts' side of reactions in Redis, in the post's database: a hash from kind and account to
 * "version:active:entry", and the same fields of active reactions in a sorted set, in order.
 */
import { z } from "zod";
import type { PlaceStore } from "../places/place.ts";
import { numberSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { script, SERIES, STATE } from "./lua.ts";
import { DROP_POST } from "./publish.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** Reactions that one script handles. */
const REACTIONS_PER_SCRIPT = 500;

/** `setOtherSide(post, kind, actor, version, active, entry)`: an older version changes nothing. */
export const SET_OTHER_SIDE = `
local function setOtherSide(post, kind, actor, version, active, entry)
  local key, field = 'other-side:' .. post, kind .. ':' .. actor
  if state(redis.call('HGET', key, field)) >= tonumber(version) then return end
  redis.call('HSET', key, field, version .. ':' .. active .. ':' .. entry)
  if active == '1' then
    redis.call('ZADD', 'other-side-active:' .. post, 0, field)
  else
    redis.call('ZREM', 'other-side-active:' .. post, field)
  end
end`;

const APPLY = script(
  STATE,
  SET_OTHER_SIDE,
  `
for i = 1, #ARGV, 6 do
  setOtherSide(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
end`,
);

/** Active reposts after an account: account, entry and version of each. */
const REPOSTS_OF = script(
  STATE,
  `
local found = {}
for _, field in ipairs(redis.call('ZRANGE', 'other-side-active:' .. ARGV[1],
  '(repost:' .. ARGV[2], '[repost:~', 'BYLEX', 'LIMIT', 0, ARGV[3])) do
  local version, _, entry = state(redis.call('HGET', 'other-side:' .. ARGV[1], field))
  found[#found + 1] = { string.sub(field, 8), entry, version }
end
return found`,
);

/** Deletes reposts of one author, and writes the jobs of the deletion. */
const ERASE = script(
  SERIES,
  DROP_POST,
  ADD_JOBS,
  `
local count = tonumber(ARGV[2])
if taken(3 + count) then return redis.error_reply('TAKEN') end
for i = 3, 2 + count do
  local original = redis.call('HGET', 'post:' .. ARGV[i], 'repostOf')
  if original then dropPost(ARGV[i], ARGV[1], original) end
end
addJobs(3 + count)`,
);

/** Deletes reposts at the post's side, unless they are of another version by now. */
const FORGET = script(
  STATE,
  `
for i = 2, #ARGV, 2 do
  local field = 'repost:' .. ARGV[i]
  if state(redis.call('HGET', 'other-side:' .. ARGV[1], field)) == tonumber(ARGV[i + 1]) then
    redis.call('HDEL', 'other-side:' .. ARGV[1], field)
    redis.call('ZREM', 'other-side-active:' .. ARGV[1], field)
  end
end`,
);

const repostsSchema = z.array(z.tuple([z.string(), z.string(), numberSchema]));

export function upstashReactors(
  scripts: PlaceScripts,
): Pick<
  PlaceStore["reactions"],
  "applyReactions" | "repostsOf" | "eraseEntries" | "forgetReposts"
> {
  return {
    async applyReactions(reactions) {
      await scripts.inGroups(
        reactions.filter(({ kind }) => kind === "repost"),
        ({ post }) => post,
        REACTIONS_PER_SCRIPT,
        (database, group) => {
          const args = group.flatMap(({ post, kind, actor, version, active, entry }) => [
            post,
            kind,
            actor,
            version,
            active ? 1 : 0,
            entry ?? "",
          ]);
          return database.run(APPLY, args);
        },
      );
    },

    async repostsOf(post, after, limit) {
      const answer = await scripts.at(post).run(REPOSTS_OF, [post, after ?? "", limit]);
      return repostsSchema.parse(answer).map(([author, id, version]) => ({ id, author, version }));
    },

    async eraseEntries(reposts, jobs) {
      const fanouts = jobs.filter((job) => job.kind === "fanout");
      const jobsOf = Map.groupBy(fanouts, (job) => job.author);
      await Promise.all(
        [...Map.groupBy(reposts, (repost) => repost.author)].map(([author, own]) => {
          const ids = own.map((repost) => repost.id);
          const args = [author, ids.length, ...ids, ...jobArgs(jobsOf.get(author) ?? [])];
          return scripts.at(author).run(ERASE, args);
        }),
      );
    },

    async forgetReposts(post, reposts) {
      const erased = reposts.flatMap(({ author, version }) => [author, version]);
      await scripts.at(post).run(FORGET, [post, ...erased]);
    },
  };
}
