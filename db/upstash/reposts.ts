/**
 * Reposts of a post in Redis, in the databases of those who repost: a hash from each of them to the
 * repost's id.
 */
import { z } from "zod";
import type { PlaceStore } from "../places/place.ts";
import { stringsSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";

/** Followees that one script handles: the most that one account may have, at 19 bytes each. */
const AUTHORS_PER_SCRIPT = 20_000;

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

export function upstashReposts(scripts: PlaceScripts): Pick<PlaceStore["reactions"], "newestBy"> {
  return {
    newestBy: (originals, authors, { top, maxRows }) =>
      scripts.inGroups(
        authors,
        (author) => author,
        AUTHORS_PER_SCRIPT,
        async (database, group) => {
          const args = [top, maxRows, originals.length, ...originals.map(({ id }) => id), ...group];
          const [unread, found] = newestSchema.parse(await database.run(NEWEST, args));
          return { unread, reposts: pairsOf(found).map(([post, id]) => ({ post, id })) };
        },
      ),
  };
}
