/** The recipients of fan-out in Redis: followers whose timelines are awake. */
import { z } from "zod";
import { idBucket, makeId, type UserId } from "../../feed/ids.ts";
import type { PlaceStore } from "../places/place.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { script, STATE } from "./lua.ts";
import { SEGMENT } from "./edges.ts";

/** Followers or followees that one script handles. */
const EDGES_PER_SCRIPT = 500;

const RECIPIENTS = script(
  STATE,
  `
local author, from, to, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
local first = string.find(alphabet, string.sub(from, 2, 2), 1, true)
local last = string.find(alphabet, string.sub(to, 2, 2), 1, true)
local found = {}
for i = first, last do
  if #found >= limit then break end
  local at = author .. ':' .. string.sub(alphabet, i, i)
  local members = redis.call('ZRANGE', 'followers-awake:' .. at, from, to, 'BYLEX',
    'LIMIT', 0, limit - #found)
  for _, member in ipairs(members) do
    local id = string.sub(member, 3)
    local _, _, awake = state(redis.call('HGET', 'followers:' .. at, id))
    found[#found + 1] = { id, awake }
  end
end
return found`,
);

/** Authors that one script looks at, each with 32 sets. */
const AUTHORS_PER_SCRIPT = 100;

/** Those of some authors who have an awake follower. An empty set does not exist. */
const WITH_AWAKE = script(`
local alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
local found = {}
for _, author in ipairs(ARGV) do
  for i = 1, #alphabet do
    if redis.call('EXISTS', 'followers-awake:' .. author .. ':' .. string.sub(alphabet, i, i)) == 1 then
      found[#found + 1] = author
      break
    end
  end
end
return found`);

const MARK_DORMANT = script(
  STATE,
  SEGMENT,
  `
local author = ARGV[1]
for i = 2, #ARGV, 2 do
  local edges, _, awakeOnes, member = segment(author, ARGV[i])
  local version, active, awake = state(redis.call('HGET', edges, ARGV[i]))
  if version >= 0 and tonumber(awake) == tonumber(ARGV[i + 1]) then
    redis.call('HSET', edges, ARGV[i], string.format('%d:%d:0', version, active))
    redis.call('ZREM', awakeOnes, member)
  end
end`,
);

const MARK_WOKEN = script(`
local row = redis.call('HMGET', 'user:' .. ARGV[1], 'handle', 'state')
if not row[1] or (row[2] and row[2] ~= 'active') then return 0 end
redis.call('HSET', 'user:' .. ARGV[1], 'woken', ARGV[2])
return 1`);

const WAKE = script(
  STATE,
  SEGMENT,
  `
local follower, now = ARGV[1], tonumber(ARGV[2])
for i = 3, #ARGV do
  local edges, _, awakeOnes, member = segment(ARGV[i], follower)
  local version, active, awake = state(redis.call('HGET', edges, follower))
  if version >= 0 then
    awake = math.max(awake + 1, now)
    redis.call('HSET', edges, follower, string.format('%d:%d:%d', version, active, awake))
    if active == 1 then redis.call('ZADD', awakeOnes, 0, member) end
  end
end`,
);

const WOKEN = script(`
local found = {}
for _, id in ipairs(ARGV) do
  local woken = redis.call('HGET', 'user:' .. id, 'woken')
  if woken and tonumber(woken) > 0 then found[#found + 1] = id end
end
return found`);

const recipientsSchema = z.array(z.tuple([z.string(), numberSchema]));

/** The two characters of a bucket in an id. */
function charsOf(bucket: number): string {
  return makeId(0, bucket, 0).slice(9, 11);
}

type Recipients = Pick<
  PlaceStore["graph"],
  "recipients" | "withAwakeFollowers" | "markDormant" | "wakeAccount" | "wakeEdges" | "woken"
>;

export function upstashRecipients(scripts: PlaceScripts): Recipients {
  return {
    async recipients(author, [from, to], after, limit) {
      const start = after === null ? `[${charsOf(from)}` : `(${charsOf(idBucket(after))}${after}`;
      // Every id of the last bucket sorts below its two characters and the highest one.
      const args = [author, start, `[${charsOf(to)}~`, limit];
      const answer = await scripts.at(author).run(RECIPIENTS, args);
      return recipientsSchema.parse(answer).map(([id, awakeMs]) => ({ id, awakeMs }));
    },

    async withAwakeFollowers(authors) {
      const found = await scripts.inGroups(
        authors,
        (author) => author,
        AUTHORS_PER_SCRIPT,
        async (database, group) => stringsSchema.parse(await database.run(WITH_AWAKE, group)),
      );
      return new Set(found.flat());
    },

    async markDormant(author, recipients) {
      await Promise.all(
        chunksOf(recipients, EDGES_PER_SCRIPT).map((some) =>
          scripts
            .at(author)
            .run(MARK_DORMANT, [author, ...some.flatMap(({ id, awakeMs }) => [id, awakeMs])]),
        ),
      );
    },

    async wakeAccount(user, nowMs) {
      return (await scripts.at(user).run(MARK_WOKEN, [user, nowMs])) === 1;
    },

    async wakeEdges(user, followees, nowMs) {
      await scripts.inGroups<UserId, unknown>(
        followees,
        (followee) => followee,
        EDGES_PER_SCRIPT,
        (database, group) => database.run(WAKE, [user, nowMs, ...group]),
      );
    },

    async woken(ids) {
      const found = await scripts.inGroups(
        ids,
        (id) => id,
        EDGES_PER_SCRIPT,
        async (database, group) => stringsSchema.parse(await database.run(WOKEN, group)),
      );
      return new Set(found.flat());
    },
  };
}
