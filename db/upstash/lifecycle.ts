/** The states of accounts, and what an account owns, in Redis. */
import { z } from "zod";
import { bucketOfHandle, idBucket, makeId, type UserId } from "../../feed/ids.ts";
import { ACCOUNT_STATES } from "../store/lifecycle.ts";
import type { LifecycleStore, Reaction } from "../store.ts";
import { ACCOUNT, toAccount } from "./accounts.ts";
import { accountSchema, bodySchema, numberSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { script, STATE } from "./lua.ts";
import { ADD_JOBS, jobArgs, lettersIn } from "./outbox.ts";

/** Accounts that one script handles. */
const ACCOUNTS_PER_SCRIPT = 500;

const IN_ANY_STATE = script(
  ACCOUNT,
  `
local found = {}
for _, id in ipairs(ARGV) do
  local row, state, version = account(id)
  if row then found[#found + 1] = { row, state, version } end
end
return found`,
);

const HOLDER = script("return redis.call('GET', 'handle:' .. ARGV[1])");

const SET_STATE = script(
  ADD_JOBS,
  `
local key, from, to, version = 'user:' .. ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('EXISTS', key) == 0 then return 0 end
local stands = redis.call('HGET', key, 'stateVersion') or '0'
-- Written already, and the answer was lost.
if stands == version and added(5) then return 1 end
if stands ~= from then return 0 end
if taken(5) then return redis.error_reply('TAKEN') end
redis.call('HSET', key, 'state', to, 'stateVersion', version)
if to == 'gone' then
  redis.call('HDEL', key, 'password', 'bio', 'avatarUrl', 'steering')
  redis.call('HSET', key, 'name', '""', 'followers', 0, 'following', 0, 'posts', 0)
end
addJobs(5)
return 1`,
);

const FREE = script(`
local row = redis.call('HMGET', 'user:' .. ARGV[1], 'handle', 'state')
if row[2] ~= 'gone' then return end
if redis.call('GET', 'handle:' .. row[1]) == ARGV[1] then redis.call('DEL', 'handle:' .. row[1]) end
redis.call('DEL', 'user:' .. ARGV[1])`);

/** An account's posts with their bodies, whether the account is hidden or not. */
const OWN_POSTS = script(`
local found = {}
for _, id in ipairs(redis.call(
  'ZRANGE', 'posts:' .. ARGV[1], ARGV[2], '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[3])) do
  local row = redis.call('HMGET', 'post:' .. id, 'author', 'text', 'replyTo', 'replyToAuthor',
    'likes', 'reposts', 'replies', 'repostOf')
  if row[1] then
    found[#found + 1] = { id, row[1], '', '""', row[2], row[3], row[4], row[5], row[6], row[7], row[8],
      false, false, false }
  end
end
return found`);

const OWN_REACTIONS = script(
  STATE,
  `
local found = {}
for _, member in ipairs(redis.call(
  'ZRANGE', 'reacted:' .. ARGV[1], ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])) do
  local post, kind = string.sub(member, 1, 16), string.sub(member, 17)
  local version, _, entry = state(redis.call('GET', 'reaction:' .. ARGV[1] .. ':' .. kind .. ':' .. post))
  found[#found + 1] = { kind, post, version, entry }
end
return found`,
);

const DROP_REACTIONS = script(
  STATE,
  `
for i = 2, #ARGV, 2 do
  local key = 'reaction:' .. ARGV[1] .. ':' .. ARGV[i] .. ':' .. ARGV[i + 1]
  local version, active = state(redis.call('GET', key))
  if version >= 0 and active == 0 then redis.call('DEL', key) end
end`,
);

const DROP_SESSIONS = script(`
local key = 'session:' .. ARGV[1]
for _, id in ipairs(redis.call('HKEYS', key)) do redis.call('HDEL', key, id) end`);

/** The segments of an account's followers, by the first character of the follower's bucket. */
const DROP_ROWS = script(
  STATE,
  `
local id, limit, more = ARGV[1], tonumber(ARGV[2]), 0
local function ended(row)
  local _, active = state(row)
  return active == 0
end
local function drop(key, isLeft)
  local gone, cursor = 0, '0'
  repeat
    local part = redis.call('HSCAN', key, cursor, 'COUNT', 500)
    cursor = part[1]
    for i = 1, #part[2], 2 do
      if gone < limit and isLeft(part[2][i + 1]) then
        redis.call('HDEL', key, part[2][i])
        gone = gone + 1
      end
    end
  until cursor == '0' or gone >= limit
  if gone >= limit then more = 1 end
end
drop('following:' .. id, ended)
drop('relations:' .. id, ended)
drop('imported:' .. id, function() return true end)
if redis.call('EXISTS', 'imported:' .. id) == 0 then redis.call('DEL', 'imported-ids:' .. id) end
local alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
for i = 1, #alphabet do drop('followers:' .. id .. ':' .. string.sub(alphabet, i, i), ended) end
return more`,
);

const statedSchema = z.array(
  z.tuple([accountSchema, z.enum(ACCOUNT_STATES).nullable(), numberSchema.nullable()]),
);
const ownReactionsSchema = z.array(
  z.tuple([z.enum(["like", "repost"]), z.string(), numberSchema, z.string()]),
);

export function upstashLifecycle(scripts: PlaceScripts): LifecycleStore {
  return {
    async inAnyState(ids) {
      const found = await scripts.inGroups(
        [...new Set(ids)],
        (id) => id,
        ACCOUNTS_PER_SCRIPT,
        async (database, group) => statedSchema.parse(await database.run(IN_ANY_STATE, group)),
      );
      return new Map(
        found
          .flat()
          .map(([row, state, version]) => [
            row[0],
            { ...toAccount(row), state: state ?? "active", stateVersion: version ?? 0 },
          ]),
      );
    },

    async holder(handle) {
      const key = makeId(0, bucketOfHandle(handle), 0);
      return z
        .string()
        .nullable()
        .parse(await scripts.at(key).run(HOLDER, [handle]));
    },

    async setState({ id, from, to, version }, jobs) {
      const args = [id, from, to, version, ...jobArgs(jobs)];
      return (await scripts.at(id).run(SET_STATE, args)) === 1;
    },

    async free(id) {
      await scripts.at(id).run(FREE, [id]);
    },

    async ownPosts(author, below, limit) {
      const from = below === null ? "+" : `(${below}`;
      const answer = await scripts.at(author).run(OWN_POSTS, [author, from, limit]);
      return z
        .array(bodySchema)
        .parse(answer)
        .map(({ id, text, replyTo, repostOf, counts }) => ({
          id,
          text,
          replyTo,
          repostOf,
          ...counts,
        }));
    },

    async ownReactions(actor, after, limit) {
      const from = after === null ? "-" : `(${after}`;
      const answer = await scripts.at(actor).run(OWN_REACTIONS, [actor, from, limit]);
      const items = ownReactionsSchema.parse(answer).map((row) => toReaction(actor, row));
      const last = items.length < limit ? undefined : items.at(-1);
      return { items, next: last === undefined ? null : `${last.post}${last.kind}` };
    },

    async dropReactions(actor, keys) {
      const args = keys.flatMap(({ kind, post }) => [kind, post]);
      await scripts.at(actor).run(DROP_REACTIONS, [actor, ...args]);
    },

    ...remains(scripts),
  };
}

/** What an account leaves with its other rows. */
function remains(
  scripts: PlaceScripts,
): Pick<LifecycleStore, "letters" | "dropSessions" | "dropRows"> {
  return {
    async letters(id, after, limit) {
      const found = await lettersIn(scripts.whole, after, limit);
      const last = found.length < limit ? undefined : found.at(-1);
      const items = found.filter((letter) => idBucket(letter.id) === idBucket(id));
      return { items, next: last?.id ?? null };
    },

    async dropSessions(id) {
      await scripts.at(id).run(DROP_SESSIONS, [id]);
    },

    async dropRows(id, limit) {
      // Idempotency keys expire by themselves.
      return (await scripts.at(id).run(DROP_ROWS, [id, limit])) === 1;
    },
  };
}

function toReaction(
  actor: UserId,
  [kind, post, version, entry]: z.infer<typeof ownReactionsSchema>[number],
): Reaction {
  return { actor, kind, post, version, active: true, entry: entry === "" ? null : entry };
}
