/**
 * Sessions in Redis: a hash for each account, whose fields are the sessions' ids. A value is
 * "family:current:previous:nonce:rotatedMs:endedMs:device", the device as JSON; what is null is empty.
 */
import {
  SESSION_ENDED_KEPT_MS,
  SESSION_IDLE_MS,
  SESSIONS_MAX,
} from "../../feed/limits-sessions.ts";
import type { StoredSession } from "../../feed/sessions.ts";
import type { UserId } from "../../feed/ids.ts";
import { z } from "zod";
import type { EndedSessions, SessionStore } from "../store.ts";
import { numberSchema, stringsSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

const SESSION = /^(\w*):(\w*):(\w*):([\w-]*):(\d+):(\d*):(.*)$/s;
const deviceSchema = z.string();

/** A session from its field and value. */
export function sessionOf(account: UserId, id: string, value: string): StoredSession {
  const [, family = "", current = "", previous, nonce, rotated, ended, device = '""'] =
    SESSION.exec(value) ?? [];
  return {
    account,
    id,
    family,
    current,
    previous: previous || null,
    nonce: nonce || null,
    rotatedMs: Number(rotated),
    device: deviceSchema.parse(JSON.parse(device)),
    endedMs: ended ? Number(ended) : null,
  };
}

/** The value of a session's field. */
export function valueOfSession(session: Omit<StoredSession, "account" | "id">): string {
  const { family, current, previous, nonce, rotatedMs, device, endedMs } = session;
  return [
    family,
    current,
    previous ?? "",
    nonce ?? "",
    rotatedMs,
    endedMs ?? "",
    JSON.stringify(device),
  ].join(":");
}

/** `parse(value)`: family, current, previous, nonce, rotatedMs, endedMs and device; `oldestSession` is that of feed/sessions.ts. */
const PARSE = `
local function parse(value)
  return string.match(value, '^(%w*):(%w*):(%w*):([%w_-]*):(%d+):(%d*):(.*)$')
end
local function oldestSession(account) return '000000000' .. string.sub(account, 10) end`;

/** `hasPassword(account, hash)`: whether an account has a password; an empty one is none. */
const HAS_PASSWORD = `
local function hasPassword(account, hash)
  if redis.call('EXISTS', 'user:' .. account) == 0 then return false end
  return (redis.call('HGET', 'user:' .. account, 'password') or '') == hash
end`;

/** `endSessions(account, kind, id, now)`: ends the session `id`, or all but it; the oldest gets a value. */
const END_SESSIONS = `
local function endSessions(account, kind, id, now)
  local key = 'session:' .. account
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if (all[i] == id) == (kind == 'only') then
      local family, current, previous, nonce, rotated, ended, device = parse(all[i + 1])
      if ended == '' then
        redis.call('HSET', key, all[i], table.concat(
          { family, current, previous, nonce, rotated, now, device }, ':'))
      end
    end
  end
  local oldest = oldestSession(account)
  if (oldest == id) == (kind == 'only') then
    local there = redis.call('HGET', key, oldest)
    local ended = there and select(6, parse(there)) or '0'
    if tonumber(ended) < tonumber(now) then
      redis.call('HSET', key, oldest, '::::' .. now .. ':' .. now .. ':""')
    end
  end
end`;

const OPEN = script(
  PARSE,
  HAS_PASSWORD,
  `
local account, id, value, password = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, key = tonumber(ARGV[5]), 'session:' .. ARGV[1]
local count = 0
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local _, _, _, _, rotated, ended = parse(all[i + 1])
  if ended == '' and tonumber(rotated) < now - ${SESSION_IDLE_MS} then
    redis.call('HDEL', key, all[i])
  elseif ended == '' then
    count = count + 1
  elseif all[i] ~= oldestSession(account) and tonumber(ended) < now - ${SESSION_ENDED_KEPT_MS} then
    redis.call('HDEL', key, all[i])
  end
end
local there = redis.call('HGET', key, id)
if there == value then return 'opened' end
if there then return redis.error_reply('TAKEN') end
if not hasPassword(account, password) then return 'wrong_password' end
if count >= ${SESSIONS_MAX} then return 'too_many' end
redis.call('HSET', key, id, value)
return 'opened'`,
);
const openedSchema = z.enum(["opened", "too_many", "wrong_password"]);

const REFRESH = script(
  PARSE,
  `
local key, id, now = 'session:' .. ARGV[1], ARGV[2], tonumber(ARGV[7])
local value = redis.call('HGET', key, id)
if not value then return false end
local family, current, _, _, rotated, ended, device = parse(value)
if family == ARGV[3] and current == ARGV[4] and ended == ''
  and tonumber(rotated) > now - ${SESSION_IDLE_MS} then
  value = table.concat({ family, ARGV[5], ARGV[4], ARGV[6], ARGV[7], '', device }, ':')
  redis.call('HSET', key, id, value)
end
return value`,
);

const OF_ACCOUNT = script("return redis.call('HGETALL', 'session:' .. ARGV[1])");

const END = script(
  PARSE,
  END_SESSIONS,
  ADD_JOBS,
  `
if taken(5) then return redis.error_reply('TAKEN') end
addJobs(5)
endSessions(ARGV[1], ARGV[2], ARGV[3], ARGV[4])`,
);

const CHANGE_PASSWORD = script(
  PARSE,
  HAS_PASSWORD,
  END_SESSIONS,
  ADD_JOBS,
  `
local account, from, to = ARGV[1], ARGV[4], ARGV[5]
if hasPassword(account, from) then
  if taken(6) then return redis.error_reply('TAKEN') end
  redis.call('HSET', 'user:' .. account, 'password', to)
elseif not hasPassword(account, to) then
  return 0
end
addJobs(6)
endSessions(account, 'allBut', ARGV[2], ARGV[3])
return 1`,
);

function kindOf(which: EndedSessions): [kind: string, id: string] {
  return "only" in which ? ["only", which.only] : ["allBut", which.allBut];
}

export function upstashSessions(scripts: PlaceScripts): SessionStore {
  return {
    async open({ account, id, passwordHash, nowMs, ...rest }) {
      const fresh = { previous: null, nonce: null, rotatedMs: nowMs, endedMs: null };
      const value = valueOfSession({ ...rest, ...fresh });
      const answer = await scripts
        .at(account)
        .run(OPEN, [account, id, value, passwordHash ?? "", nowMs]);
      return openedSchema.parse(answer);
    },

    async refresh({ account, session, family, used, next, nonce, nowMs }) {
      const args = [account, session, family, used, next, nonce, nowMs];
      const value = z
        .string()
        .nullable()
        .parse(await scripts.at(account).run(REFRESH, args));
      return value === null ? null : sessionOf(account, session, value);
    },

    async ofAccount(account) {
      const found = stringsSchema.parse(await scripts.at(account).run(OF_ACCOUNT, [account]));
      return chunksOf(found, 2)
        .map(([id = "", value = ""]) => sessionOf(account, id, value))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },

    async end(account, which, { nowMs, job }) {
      const args = [account, ...kindOf(which), nowMs, ...jobArgs([job])];
      await scripts.at(account).run(END, args);
    },

    async changePassword({ account, from, to, keep }, { nowMs, job }) {
      const args = [account, keep, nowMs, from, to, ...jobArgs([job])];
      const done = await scripts.at(account).run(CHANGE_PASSWORD, args);
      return numberSchema.parse(done) === 1;
    },
  };
}
