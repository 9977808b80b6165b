/** How Redis stores each table of rows: under which keys, and how a row is written. */
import type { Table } from "../rows.ts";
import { SEGMENT } from "./edges.ts";
import { EDGE_MEMBER, moverScript, type Script, script, SERIES, STATE } from "./lua.ts";
import { DROP_POST } from "./publish.ts";
import { SET_OTHER_SIDE } from "./reactors.ts";

/** The keys of a table's rows: those with this prefix, each of them a row or a collection of rows. */
export const PREFIXES: Record<Table, string> = {
  users: "user:",
  sessions: "session:",
  subjects: "subject:",
  identities: "identity:",
  posts: "post:",
  replies: "replies:",
  following: "following:",
  followers: "followers:",
  reactions: "reaction:",
  reactors: "other-side:",
  tallies: "tally:",
  relations: "relations:",
  outbox: "job:",
  idempotency: "idempotency:",
  imported: "imported:",
  deadLetters: "dead-letter:",
};

/**
 * Keys with a prefix, a hundred or two at a time: the next position, and the keys. Redis keeps keys of
 * all kinds together, so one call scans many of them, but few enough that others need not wait long.
 */
export const SCAN = script(`
local cursor, found = ARGV[1], {}
for round = 1, 100 do
  local part = redis.call('SCAN', cursor, 'MATCH', ARGV[2] .. '*', 'COUNT', 150)
  cursor = part[1]
  for _, key in ipairs(part[2]) do found[#found + 1] = key end
  if cursor == '0' or #found >= 100 then break end
end
return { cursor, found }`);

const WHOLE_HASH = script("return { '0', redis.call('HGETALL', ARGV[1]) }");
const VALUE = script("return { '0', { redis.call('GET', ARGV[1]) } }");
const FIELDS = script("return redis.call('HSCAN', ARGV[1], ARGV[2], 'COUNT', 500)");
const MEMBERS = script("return redis.call('ZSCAN', ARGV[1], ARGV[2], 'COUNT', 500)");
const JOB = script(`
return { '0', { redis.call('GET', ARGV[1]),
  redis.call('ZSCORE', 'outbox', string.sub(ARGV[1], 5)) } }`);
const TALLY = script(`
local part = redis.call('HSCAN', ARGV[1], ARGV[2], 'COUNT', 500)
local found = {}
for i = 1, #part[2], 2 do
  local at = string.sub(ARGV[1], 7) .. ':' .. part[2][i]
  for _, value in ipairs({ part[2][i], part[2][i + 1],
    redis.call('SCARD', 'reactors:like:' .. at), redis.call('SCARD', 'reactors:repost:' .. at) }) do
    found[#found + 1] = tostring(value)
  end
end
return { part[1], found }`);

/** The content of a key from a position on: the next position, and the raw content. */
export const READERS: Record<Table, Script> = {
  users: WHOLE_HASH,
  sessions: FIELDS,
  subjects: VALUE,
  identities: FIELDS,
  posts: WHOLE_HASH,
  replies: MEMBERS,
  following: FIELDS,
  followers: FIELDS,
  reactions: VALUE,
  reactors: FIELDS,
  tallies: TALLY,
  relations: FIELDS,
  outbox: JOB,
  idempotency: VALUE,
  imported: FIELDS,
  deadLetters: VALUE,
};

/** A script that reads rows; each row's arguments are a key and a field within it. */
function forEachAddress(body: string): Script {
  return script(`
local found = {}
for i = 1, #ARGV, 2 do
  local key, within = ARGV[i], ARGV[i + 1]
  ${body}
end
return found`);
}

const PICK_HASH = forEachAddress("found[#found + 1] = redis.call('HGETALL', key)");
const PICK_VALUE = forEachAddress("found[#found + 1] = { redis.call('GET', key) }");
const PICK_FIELD = forEachAddress(`
  local value = redis.call('HGET', key, within)
  found[#found + 1] = value and { within, value } or {}`);
const PICK_MEMBER = forEachAddress(`
  local score = redis.call('ZSCORE', key, within)
  found[#found + 1] = score and { within, score } or {}`);
const PICK_JOB = forEachAddress(`
  local job = redis.call('GET', key)
  found[#found + 1] = job and { job, redis.call('ZSCORE', 'outbox', string.sub(key, 5)) } or {}`);
const PICK_TALLY = forEachAddress(`
  local version, at = redis.call('HGET', key, within), string.sub(key, 7) .. ':' .. within
  found[#found + 1] = version and { within, version,
    tostring(redis.call('SCARD', 'reactors:like:' .. at)),
    tostring(redis.call('SCARD', 'reactors:repost:' .. at)) } or {}`);

/** The content of rows by their addresses, each in the form that the readers give it. */
export const PICKERS: Record<Table, Script> = {
  users: PICK_HASH,
  sessions: PICK_FIELD,
  subjects: PICK_VALUE,
  identities: PICK_FIELD,
  posts: PICK_HASH,
  replies: PICK_MEMBER,
  following: PICK_FIELD,
  followers: PICK_FIELD,
  reactions: PICK_VALUE,
  reactors: PICK_FIELD,
  tallies: PICK_TALLY,
  relations: PICK_FIELD,
  outbox: PICK_JOB,
  idempotency: PICK_VALUE,
  imported: PICK_FIELD,
  deadLetters: PICK_VALUE,
};

/** A script that runs `body` for every row; `width` is how many arguments a row has. */
function forEachRow(width: number, body: string, ...pieces: string[]): Script {
  const names = Array.from({ length: width }, (_, n) => `ARGV[i + ${n}]`).join(", ");
  const letters = Array.from({ length: width }, (_, n) => `a${n + 1}`).join(", ");
  return moverScript(
    ...pieces,
    `for i = 1, #ARGV, ${width} do\nlocal ${letters} = ${names}\n${body}\nend`,
  );
}

/** Writes a row over the stored one. The arguments are the row's columns. */
export const WRITERS: Record<Table, Script> = {
  users: forEachRow(
    15,
    `
redis.call('HSET', 'user:' .. a1, 'handle', a2, 'name', a3,
  'followers', a5, 'following', a6, 'posts', a7, 'woken', a8,
  'epoch', a9, 'migrating', a10, 'bio', a11, 'avatarUrl', a12, 'profileVersion', a13,
  'state', a14, 'stateVersion', a15)
if a4 ~= '' then
  redis.call('HSET', 'user:' .. a1, 'password', a4)
else
  redis.call('HDEL', 'user:' .. a1, 'password')
end
redis.call('SET', 'handle:' .. a2, a1)`,
  ),
  sessions: forEachRow(3, "redis.call('HSET', 'session:' .. a1, a2, a3)"),
  subjects: forEachRow(2, "redis.call('SET', 'subject:' .. a1, a2)"),
  identities: forEachRow(3, "redis.call('HSET', 'identity:' .. a1, a2, a3)"),
  posts: forEachRow(
    11,
    `
redis.call('HSET', 'post:' .. a1, 'author', a2, 'text', a3, 'likes', a6, 'reposts', a7,
  'replies', a8, 'repliesVersion', a9, 'countsVersion', a10)
if a4 ~= '' then redis.call('HSET', 'post:' .. a1, 'replyTo', a4, 'replyToAuthor', a5) end
redis.call('ZADD', 'posts:' .. a2, 0, a1)
if a11 == '' then
  seriesAdd('originals', a1)
else
  redis.call('HSET', 'post:' .. a1, 'repostOf', a11)
  redis.call('HSET', 'reposts:' .. a11, a2, a1)
end`,
    SERIES,
  ),
  replies: forEachRow(2, "redis.call('ZADD', 'replies:' .. a1, 0, a2)"),
  following: forEachRow(
    4,
    `
local key, newest = 'following:' .. a1, 'following-newest:' .. a1
local version, active = state(redis.call('HGET', key, a2))
if active == 1 then redis.call('ZREM', newest, edgeMember(version, a2)) end
redis.call('HSET', key, a2, a3 .. ':' .. a4)
if a4 == '1' then redis.call('ZADD', newest, 0, edgeMember(tonumber(a3), a2)) end`,
    STATE,
    EDGE_MEMBER,
  ),
  followers: forEachRow(
    6,
    `
local edges, newest, awake, member = segment(a1, a3)
local version, active = state(redis.call('HGET', edges, a3))
if active == 1 then redis.call('ZREM', newest, edgeMember(version, a3)) end
redis.call('ZREM', awake, member)
redis.call('HSET', edges, a3, a4 .. ':' .. a5 .. ':' .. a6)
if a5 == '1' then
  redis.call('ZADD', newest, 0, edgeMember(tonumber(a4), a3))
  if a6 ~= '0' then redis.call('ZADD', awake, 0, member) end
end`,
    STATE,
    EDGE_MEMBER,
    SEGMENT,
  ),
  reactions: forEachRow(
    6,
    `
redis.call('SET', 'reaction:' .. a1 .. ':' .. a2 .. ':' .. a3, a4 .. ':' .. a5 .. ':' .. a6)
local reactors = 'reactors:' .. a2 .. ':' .. a3 .. ':' .. string.sub(a1, 10, 11)
if a5 == '1' then
  redis.call('SADD', reactors, a1)
  redis.call('ZADD', 'reacted:' .. a1, 0, a3 .. a2)
else
  redis.call('SREM', reactors, a1)
  redis.call('ZREM', 'reacted:' .. a1, a3 .. a2)
end`,
  ),
  reactors: forEachRow(6, "setOtherSide(a1, a2, a3, a4, a5, a6)", STATE, SET_OTHER_SIDE),
  // The counts are the sizes of the sets of reactions, so only the version is written.
  tallies: forEachRow(3, "redis.call('HSET', 'tally:' .. a1, a2, a3)"),
  relations: forEachRow(
    5,
    "redis.call('HSET', 'relations:' .. a1, a2 .. ':' .. a3, a4 .. ':' .. a5)",
  ),
  outbox: forEachRow(
    4,
    `
redis.call('SET', 'job:' .. a1, a2)
redis.call('ZADD', 'outbox', a3, a1)
if a4 == 'mode' then
  redis.call('SADD', 'epoch-parts:' .. string.sub(a1, 1, 16), string.sub(a1, 18))
end`,
  ),
  idempotency: forEachRow(3, "redis.call('SET', 'idempotency:' .. a1, a2, 'PX', a3)"),
  imported: forEachRow(
    4,
    `
redis.call('HSET', 'imported:' .. a1, a2, a3 .. ':' .. a4)
if a4 ~= '2' then redis.call('SADD', 'imported-ids:' .. a1, a3) end`,
  ),
  deadLetters: forEachRow(
    2,
    `
redis.call('SET', 'dead-letter:' .. a1, a2)
redis.call('ZADD', 'dead-letters', 0, a1)`,
  ),
};

/** A script that runs `body` for every address, unless its bucket is here. */
function dropEach(body: string, ...pieces: string[]): Script {
  return moverScript(
    ...pieces,
    `
for i = 1, #ARGV, 3 do
  local key, within = ARGV[i], ARGV[i + 1]
  local at = string.match(key, ':(.*)$')
  if (redis.call('HGET', 'placement', ARGV[i + 2]) or '') >= '4' then
    ${body}
  end
end`,
  );
}

const DROP_KEY = dropEach("redis.call('DEL', key)");
const DROP_FIELD = dropEach("redis.call('HDEL', key, within)");

/** Delete rows, and what belongs to them. The arguments are an address, and the bucket's characters. */
export const DROPPERS: Record<Table, Script> = {
  users: dropEach(`
    local handle = redis.call('HGET', key, 'handle')
    if handle and redis.call('GET', 'handle:' .. handle) == at then
      redis.call('DEL', 'handle:' .. handle)
    end
    redis.call('DEL', key)`),
  sessions: DROP_FIELD,
  subjects: DROP_KEY,
  identities: DROP_FIELD,
  posts: dropEach(
    `
    local row = redis.call('HMGET', key, 'author', 'repostOf')
    if row[1] then dropPost(at, row[1], row[2]) end`,
    SERIES,
    DROP_POST,
  ),
  replies: dropEach("redis.call('ZREM', key, within)"),
  following: dropEach(
    `
    local version = state(redis.call('HGET', key, within))
    redis.call('HDEL', key, within)
    redis.call('ZREM', 'following-newest:' .. at, edgeMember(version, within))`,
    STATE,
    EDGE_MEMBER,
  ),
  followers: dropEach(
    `
    local edges, newest, awake, member = segment(string.sub(at, 1, 16), within)
    local version = state(redis.call('HGET', edges, within))
    redis.call('HDEL', edges, within)
    redis.call('ZREM', newest, edgeMember(version, within))
    redis.call('ZREM', awake, member)`,
    STATE,
    EDGE_MEMBER,
    SEGMENT,
  ),
  reactions: dropEach(`
    local actor, kind, post = string.match(at, '^(.-):(.-):(.*)$')
    redis.call('DEL', key)
    redis.call('SREM', 'reactors:' .. kind .. ':' .. post .. ':' .. string.sub(actor, 10, 11), actor)
    redis.call('ZREM', 'reacted:' .. actor, post .. kind)`),
  reactors: dropEach(`
    redis.call('HDEL', key, within)
    redis.call('ZREM', 'other-side-active:' .. at, within)`),
  tallies: DROP_FIELD,
  relations: DROP_FIELD,
  outbox: dropEach(`
    redis.call('DEL', key)
    redis.call('ZREM', 'outbox', at)
    redis.call('SREM', 'epoch-parts:' .. string.sub(at, 1, 16), string.sub(at, 18))`),
  idempotency: DROP_KEY,
  imported: dropEach(`
    local id = string.sub(redis.call('HGET', key, within) or '', 1, 16)
    redis.call('HDEL', key, within)
    redis.call('SREM', 'imported-ids:' .. at, id)`),
  deadLetters: dropEach(`
    redis.call('DEL', key)
    redis.call('ZREM', 'dead-letters', at)`),
};
