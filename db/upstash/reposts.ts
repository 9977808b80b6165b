/** Reposts of a post in Redis: a hash from the account that reposts to the repost's id. */
import { z } from "zod";
import type { Id, PostId } from "../../feed/ids.ts";
import type { ReactionStore, RepostRow } from "../store.ts";
import { stringsSchema } from "./answers.ts";
import { chunksOf, type Databases } from "./databases.ts";
import { script, SERIES } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";
import { DROP_POST } from "./publish.ts";

/** Followees that one script handles: the most that one account may have, at 19 bytes each. */
const AUTHORS_PER_SCRIPT = 20_000;

const REPOSTS_OF = script(`
return redis.call('HRANDFIELD', 'reposts:' .. ARGV[1], ARGV[2], 'WITHVALUES')`);

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

/**
 * For each original, the newest repost by some authors. It reads the reposts of an original that has
 * fewer reposts than there are authors, and looks up the authors otherwise.
 */
const NEWEST = script(`
local top, left, originals = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local authors, listed, unread = {}, {}, {}
for i = 4 + originals, #ARGV do
  authors[#authors + 1] = ARGV[i]
  listed[ARGV[i]] = true
end
local found = {}
for i = 4, 3 + originals do
  local key = 'reposts:' .. ARGV[i]
  local count = redis.call('HLEN', key)
  local newest = ''
  local cost = math.min(count, #authors)
  if #unread > 0 or cost > left then
    unread[#unread + 1] = ARGV[i]
    cost = 0
  elseif count > #authors then
    for from = 1, #authors, 1000 do
      local to = math.min(from + 999, #authors)
      for _, id in ipairs(redis.call('HMGET', key, unpack(authors, from, to))) do
        if id and id <= top and id > newest then newest = id end
      end
    end
  elseif count > 0 then
    local rows = redis.call('HGETALL', key)
    for n = 1, #rows, 2 do
      local id = rows[n + 1]
      if listed[rows[n]] and id <= top and id > newest then newest = id end
    end
  end
  left = left - cost
  if newest ~= '' then
    found[#found + 1] = ARGV[i]
    found[#found + 1] = newest
  end
end
return { unread, found }`);

const newestSchema = z.tuple([stringsSchema, stringsSchema]);
const pairSchema = z.tuple([z.string(), z.string()]);

function pairsOf(answer: unknown): [string, string][] {
  return chunksOf(stringsSchema.parse(answer), 2).map((pair) => pairSchema.parse(pair));
}

export function upstashReposts(
  databases: Databases,
): Pick<ReactionStore, "repostsOf" | "eraseReposts" | "newestReposts"> {
  return {
    async repostsOf(post, limit) {
      const answers = await Promise.all(
        databases.all.map((database) => database.run(REPOSTS_OF, [post, limit])),
      );
      return answers
        .flatMap((answer) =>
          pairsOf(answer).map(([author, id]): RepostRow => ({ post, id, author })),
        )
        .slice(0, limit);
    },

    async eraseReposts(reposts, jobs) {
      const fanouts = jobs.filter((job) => job.kind === "fanout");
      const jobsOf = Map.groupBy(fanouts, (job) => job.author);
      await Promise.all(
        [...Map.groupBy(reposts, (repost) => repost.author)].map(([author, own]) => {
          const ids = own.map((repost) => repost.id);
          const args = [author, ids.length, ...ids, ...jobArgs(jobsOf.get(author) ?? [])];
          return databases.at(author).run(ERASE, args);
        }),
      );
    },

    async newestReposts(originals, authors, { top, maxRows }) {
      const newest = new Map<PostId, Id>();
      const answers = await databases.inGroups(
        authors,
        (author) => author,
        AUTHORS_PER_SCRIPT,
        async (database, group) => {
          const args = [top, maxRows, originals.length, ...originals.map(({ id }) => id), ...group];
          return newestSchema.parse(await database.run(NEWEST, args));
        },
      );
      for (const [original, id] of answers.flatMap(([, found]) => pairsOf(found))) {
        if (id > (newest.get(original) ?? "")) newest.set(original, id);
      }
      return { newest, unread: new Set(answers.flatMap(([unread]) => unread)) };
    },
  };
}
