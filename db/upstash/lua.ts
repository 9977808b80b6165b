/**
 * Scripts: one batch of D1 is one script here. Redis runs it as a whole, or not at all if it refuses the
 * first write. A script derives its keys from its arguments and from what it reads; that is safe because
 * a database is one server that runs one script after the other.
 *
 * People's texts are stored as JSON, so that no answer of a script is the word OK, the one string that
 * the REST protocol leaves unencoded.
 */

import { beginning, BEGINNING_OF_MOVER } from "./lua-beginning.ts";

/** A script, and the name under which Redis caches it. */
export interface Script {
  source: string;
  /** SHA-1 of the source, in hexadecimal. */
  sha: Promise<string>;
}

/** Joins pieces into a script: the functions that it uses, and its body. It refuses what is not here. */
export function script(...pieces: string[]): Script {
  const source = pieces.join("\n");
  return scriptOf(`${beginning(source)}\n${source}`);
}

/** A script of the mover. */
export function moverScript(...pieces: string[]): Script {
  return scriptOf([BEGINNING_OF_MOVER, ...pieces].join("\n"));
}

function scriptOf(source: string): Script {
  let sha: Promise<string> | undefined;
  return {
    source,
    get sha() {
      return (sha ??= digest(source));
    },
  };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `state(text)`: splits "version:active:more"; without a text, version -1 and inactive. */
export const STATE = `
local function state(text)
  if not text then return -1, 0, '' end
  local version, active, more = string.match(text, '^(%-?%d+):(%d):?(.*)$')
  return tonumber(version), tonumber(active), more
end`;

/** `edgeMember(version, id)`: a member that sorts in the order of edge lists, by version, then account. */
export const EDGE_MEMBER = `
local function edgeMember(version, id)
  return string.format('%013d', version) .. id
end`;

/** `bump(user, count, by)`: adds to a count of an account, if the account exists. */
export const BUMP = `
local function bump(user, count, by)
  if by ~= 0 and redis.call('EXISTS', 'user:' .. user) == 1 then
    redis.call('HINCRBY', 'user:' .. user, count, by)
  end
end`;

/**
 * `series`: ids in order of time, cut into sorted sets of about 17 minutes each (the first 5
 * characters of an id), so that none grows without bounds.
 */
export const SERIES = `
local function seriesAdd(name, id)
  local segment = string.sub(id, 1, 5)
  redis.call('ZADD', name, 0, segment)
  redis.call('ZADD', name .. ':' .. segment, 0, id)
end
local function seriesRemove(name, id)
  local segment = string.sub(id, 1, 5)
  redis.call('ZREM', name .. ':' .. segment, id)
  if redis.call('EXISTS', name .. ':' .. segment) == 0 then redis.call('ZREM', name, segment) end
end
local function seriesAfter(name, after, limit)
  local found = {}
  local from = '[' .. string.sub(after, 1, 5)
  while #found < limit do
    local segments = redis.call('ZRANGE', name, from, '+', 'BYLEX', 'LIMIT', 0, 100)
    for _, segment in ipairs(segments) do
      local left = limit - #found
      if left <= 0 then break end
      local ids = redis.call(
        'ZRANGE', name .. ':' .. segment, '(' .. after, '+', 'BYLEX', 'LIMIT', 0, left)
      for _, id in ipairs(ids) do found[#found + 1] = id end
    end
    if #segments < 100 then break end
    from = '(' .. segments[#segments]
  end
  return found
end`;
