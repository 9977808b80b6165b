/**
 * How every script begins. KEYS are the buckets that it concerns, as characters; a script about the whole database
 * has none. A bucket is a field of the hash `placement`: "state:version:until:other", with the numbers of
 * `HOLDING_STATES`. While buckets leave, they are in the set `leaving`, and each write notes which row it changes:
 * in the sorted set `changes:` of the row's bucket, by a sequence.
 */

/** Commands that change keys. */
const WRITING = new Set(["SET", "DEL", "HSET", "HDEL", "HINCRBY", "ZADD", "ZREM", "SADD", "SREM"]);

/** Whether a script may change keys. */
function writes(source: string): boolean {
  return [...source.matchAll(/redis\.call\(\s*'([A-Z]+)'/g)].some(([, command = ""]) =>
    WRITING.has(command),
  );
}

/**
 * `changed(command, key, a, b)`: the bucket and the name of the row that a command changes, if it is one: the table,
 * as its keys' prefix, and what follows it. The rows of some keys are fields or members.
 */
const CHANGED = `
local BY_KEY = { user = 1, post = 1, reaction = 1, job = 1, idempotency = 1, subject = 1,
  ['dead-letter'] = 1 }
local BY_FIELD = { following = 1, followers = 1, ['other-side'] = 1, relations = 1, tally = 1,
  session = 1, identity = 1, imported = 1 }
local function changed(command, key, a, b)
  if key == 'outbox' then
    local member = command == 'ZADD' and b or a
    return string.sub(member, 10, 11), 'job ' .. member
  end
  local prefix, rest = string.match(key, '^([^:]+):(.*)$')
  if not prefix then return end
  local bucket = string.sub(rest, 10, 11)
  if BY_KEY[prefix] then return bucket, prefix .. ' ' .. rest end
  if prefix == 'tally' then return a, 'tally ' .. rest .. ' ' .. a end
  if BY_FIELD[prefix] then return bucket, prefix .. ' ' .. rest .. ' ' .. a end
  if prefix == 'replies' then
    return bucket, 'replies ' .. rest .. ' ' .. (command == 'ZADD' and b or a)
  end
end`;

/** From here on `redis.call` notes what it changes, if its bucket is leaving. */
const NOTING = `
if next(leaving) then
  local real = redis
  local WRITES = { SET = 1, DEL = 1, HSET = 1, HDEL = 1, HINCRBY = 1, ZADD = 1, ZREM = 1 }
  redis = setmetatable({ call = function(command, key, ...)
    if WRITES[command] then
      local a, b = ...
      local bucket, row = changed(command, key, a, b)
      if bucket and leaving[bucket] then
        real.call('ZADD', 'changes:' .. bucket, real.call('INCR', 'changes-seq'), row)
      end
    end
    return real.call(command, key, ...)
  end }, { __index = real })
end`;

/** Reading, a bucket may be fenced; writing, only if its fence has expired. */
export function beginning(source: string): string {
  if (!writes(source)) {
    return `
if #KEYS > 0 then
  for i, held in ipairs(redis.call('HMGET', 'placement', unpack(KEYS))) do
    local state = held and string.sub(held, 1, 1)
    if state ~= '1' and state ~= '2' and state ~= '3' then
      return redis.error_reply('ELSEWHERE ' .. KEYS[i])
    end
  end
end`;
  }
  return `
local redis, leaving = redis, {}
if #KEYS > 0 then
  for i, held in ipairs(redis.call('HMGET', 'placement', unpack(KEYS))) do
    local state, _, untilMs = string.match(held or '', '^(%d):(%d+):(%d+)')
    if state == '3' then
      local now = redis.call('TIME')
      if now[1] * 1000 + math.floor(now[2] / 1000) > tonumber(untilMs) then state = '2' end
    end
    if state ~= '1' and state ~= '2' then return redis.error_reply('ELSEWHERE ' .. KEYS[i]) end
    if state == '2' then leaving[KEYS[i]] = true end
  end
else
  for _, bucket in ipairs(redis.call('SMEMBERS', 'leaving')) do leaving[bucket] = true end
end
${CHANGED}
${NOTING}`;
}

/** The beginning of a mover's script: KEYS are its run, and buckets that must be arriving. */
export const BEGINNING_OF_MOVER = `
if redis.call('GET', 'move-run') ~= KEYS[1] then return redis.error_reply('RUN-ENDED') end
for i = 2, #KEYS do
  if string.sub(redis.call('HGET', 'placement', KEYS[i]) or '', 1, 1) ~= '5' then
    return redis.error_reply('RUN-ENDED')
  end
end`;

/**
 * `isHere(id)`: whether the rows of an id's bucket are here to be written, in scripts about a whole database. Of a
 * bucket that the database knows nothing of they are.
 */
export const IS_HERE = `
local heldBuckets = {}
local function isHereBucket(bucket)
  if heldBuckets[bucket] == nil then
    local held = redis.call('HGET', 'placement', bucket)
    heldBuckets[bucket] = not held or string.sub(held, 1, 1) <= '2'
  end
  return heldBuckets[bucket]
end
local function isHere(id) return isHereBucket(string.sub(id, 10, 11)) end`;
