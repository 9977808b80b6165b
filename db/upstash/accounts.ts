/** Accounts in Redis: a hash for each, and under each handle the id of its account. */
import { bucketOfHandle, makeId, type UserId } from "../../feed/ids.ts";
import type { Account, AccountStore, NewAccount } from "../store.ts";
import { z } from "zod";
import { accountSchema, accountsSchema } from "./answers.ts";
import { chunksOf, madeBy, type PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** Accounts that one script handles. */
const ACCOUNTS_PER_SCRIPT = 500;

/** Creates an account and takes its handle, or does neither; false if the handle is taken. */
const MAKE = `
local function taken(id, handle)
  local holder = redis.call('HGET', 'user:' .. id, 'handle')
  return holder and holder ~= handle
end
local function make(id, handle, name, password, bio, avatarUrl)
  if redis.call('EXISTS', 'handle:' .. handle) == 1 then return false end
  redis.call('HSET', 'user:' .. id, 'handle', handle, 'name', name,
    'followers', 0, 'following', 0, 'posts', 0, 'woken', 0, 'epoch', 0, 'migrating', 0,
    'bio', bio, 'avatarUrl', avatarUrl)
  if password ~= '' then redis.call('HSET', 'user:' .. id, 'password', password) end
  redis.call('SET', 'handle:' .. handle, id)
  return true
end`;

/** `account(id)`: an account in the form of an answer, or false; its state, and the state's version. */
export const ACCOUNT = `
local function account(id)
  local row = redis.call('HMGET', 'user:' .. id, 'handle', 'name', 'followers', 'following', 'posts',
    'epoch', 'migrating', 'bio', 'avatarUrl', 'profileVersion', 'state', 'stateVersion')
  if not row[1] then return false end
  return { id, row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10] },
    row[11], row[12]
end`;

/** `active(id)`: an account in the form of an answer, or false if it is hidden. */
const ACTIVE = `
${ACCOUNT}
local function active(id)
  local row, state = account(id)
  return (not state or state == 'active') and row
end`;

const CREATE = script(
  MAKE,
  `
if taken(ARGV[1], ARGV[2]) then return redis.error_reply('TAKEN') end
make(ARGV[1], ARGV[2], ARGV[3], ARGV[6], ARGV[4], ARGV[5])
return redis.call('GET', 'handle:' .. ARGV[2])`,
);

const IMPORT = script(
  MAKE,
  `
local made = 0
for i = 1, #ARGV, 5 do
  if taken(ARGV[i], ARGV[i + 1]) then return redis.error_reply('TAKEN') end
end
for i = 1, #ARGV, 5 do
  if make(ARGV[i], ARGV[i + 1], ARGV[i + 2], '', ARGV[i + 3], ARGV[i + 4]) then made = made + 1 end
end
return made`,
);

const SET_PROFILE = script(
  ADD_JOBS,
  `
local key, from, to = 'user:' .. ARGV[1], ARGV[2], ARGV[3]
local row = redis.call('HMGET', key, 'handle', 'profileVersion', 'name', 'bio', 'avatarUrl')
if not row[1] then return 0 end
-- A call that is repeated because its answer was lost finds what it wrote.
if row[2] == to and row[3] == ARGV[4] and row[4] == ARGV[5] and row[5] == ARGV[6] then return 1 end
if (row[2] or '0') ~= from then return 0 end
if taken(7) then return redis.error_reply('TAKEN') end
redis.call('HSET', key, 'name', ARGV[4], 'bio', ARGV[5], 'avatarUrl', ARGV[6],
  'profileVersion', to)
addJobs(7)
return 1`,
);

const BY_IDS = script(
  ACTIVE,
  `
local found = {}
for _, id in ipairs(ARGV) do
  local row = active(id)
  if row then found[#found + 1] = row end
end
return found`,
);

const BY_HANDLES = script(
  ACTIVE,
  `
local found = {}
for _, handle in ipairs(ARGV) do
  local id = redis.call('GET', 'handle:' .. handle)
  local row = id and active(id)
  if row then found[#found + 1] = row end
end
return found`,
);

const CREDENTIALS = script(
  ACTIVE,
  `
local id = redis.call('GET', 'handle:' .. ARGV[1])
local row = id and active(id)
if not row then return false end
return { row, redis.call('HGET', 'user:' .. id, 'password') }`,
);

const credentialsSchema = z.tuple([accountSchema, z.string().nullable()]).nullable();

/** An account from its answer. */
export function toAccount(row: z.infer<typeof accountSchema>): Account {
  const [id, handle, name, followers, following, posts, epoch, migrating, ...profile] = row;
  const [bio, avatarUrl, profileVersion] = profile;
  const counts = { followers, following, posts };
  const mode = { epoch, migrating: migrating === 1 };
  return { id, handle, name, counts, ...mode, bio, avatarUrl, profileVersion };
}

/** Some id with the bucket of a handle, which is all that finding the handle's database takes. */
function shardKey(handle: string): UserId {
  return makeId(0, bucketOfHandle(handle), 0);
}

function rowOf({ id, handle, name, bio = "", avatarUrl = null }: NewAccount): string[] {
  return [id, handle, JSON.stringify(name), JSON.stringify(bio), avatarUrl ?? ""];
}

export function upstashAccounts(scripts: PlaceScripts): AccountStore {
  return {
    async create(account) {
      const args = [...rowOf(account), account.passwordHash ?? ""];
      const holder = await scripts.at(account.id).run(CREATE, args);
      return holder === account.id ? "created" : "handle_taken";
    },

    async importAll(accounts) {
      const groups = chunksOf(accounts, ACCOUNTS_PER_SCRIPT);
      return madeBy(
        groups.map((group) =>
          scripts.of(group.map(({ id }) => id)).run(IMPORT, group.flatMap(rowOf)),
        ),
      );
    },

    async setProfile(user, { profile, from, to }, jobs) {
      const { name, bio, avatarUrl } = profile;
      const texts = [JSON.stringify(name), JSON.stringify(bio), avatarUrl ?? ""];
      const args = [user, from, to, ...texts, ...jobArgs(jobs)];
      return (await scripts.at(user).run(SET_PROFILE, args)) === 1;
    },

    async byIds(ids) {
      const found = await scripts.inGroups(
        [...new Set(ids)],
        (id) => id,
        ACCOUNTS_PER_SCRIPT,
        async (database, group) => accountsSchema.parse(await database.run(BY_IDS, group)),
      );
      return new Map(found.flat().map((row) => [row[0], toAccount(row)]));
    },

    async byHandles(handles) {
      const found = await scripts.inGroups(
        [...new Set(handles)],
        shardKey,
        ACCOUNTS_PER_SCRIPT,
        async (database, group) => accountsSchema.parse(await database.run(BY_HANDLES, group)),
      );
      return new Map(found.flat().map((row) => [row[1], toAccount(row)]));
    },

    async credentials(handle) {
      const answer = await scripts.at(shardKey(handle)).run(CREDENTIALS, [handle]);
      const found = credentialsSchema.parse(answer);
      return found === null ? null : { account: toAccount(found[0]), passwordHash: found[1] };
    },
  };
}
