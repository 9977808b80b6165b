/**
 * Follow edges in Redis. Each has two sides, and the follower's side decides.
 *
 * The follower's side is a hash (`following:` by followee) and a sorted set of the active edges,
 * newest first. The followee's side has 32 segments by the follower's bucket, so that no audience is
 * one value. Each segment has a hash, a sorted set of the followers, and a sorted set of the followers
 * whose timelines are awake, in order of bucket, which fan-out reads.
 */
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import { z } from "zod";
import type { UserId } from "../../feed/ids.ts";
import type { Edge, EdgeStore } from "../store.ts";
import { numberSchema, writtenSchema } from "./answers.ts";
import { madeBy, type PlaceScripts } from "./databases.ts";
import { BUMP, EDGE_MEMBER, script, STATE } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** Edges that one script handles. */
const EDGES_PER_SCRIPT = 500;

/** `blocked(a, b)`: whether one of the two has blocked the other, by a's side. */
const BLOCKED = `
local function blocked(actor, target)
  for _, kind in ipairs({ 'block', 'blocked_by' }) do
    local _, active = state(redis.call('HGET', 'relations:' .. actor, kind .. ':' .. target))
    if active == 1 then return true end
  end
  return false
end`;

/**
 * `writeEdge(follower, followee, following, now)`: writes the follower's side of an edge and the
 * follower's count, unless nothing changes, a block prevents the follow, or the follower has reached
 * the limit. Returns whether it wrote.
 */
export const WRITE_EDGE = [
  STATE,
  EDGE_MEMBER,
  BUMP,
  BLOCKED,
  `
local function writeEdge(follower, followee, following, now)
  local key = 'following:' .. follower
  local version, active = state(redis.call('HGET', key, followee))
  if active == following then return false end
  if following == 1 and blocked(follower, followee) then return false end
  local count = tonumber(redis.call('HGET', 'user:' .. follower, 'following') or 0)
  if following == 1 and count >= ${FOLLOWING_MAX} then return false end
  local newest = 'following-newest:' .. follower
  if active == 1 then redis.call('ZREM', newest, edgeMember(version, followee)) end
  version = math.max(version + 1, now)
  redis.call('HSET', key, followee, string.format('%d:%d', version, following))
  if following == 1 then redis.call('ZADD', newest, 0, edgeMember(version, followee)) end
  bump(follower, 'following', following * 2 - 1)
  return true
end`,
].join("\n");

const SET_EDGE = script(
  WRITE_EDGE,
  ADD_JOBS,
  `
local follower, followee = ARGV[1], ARGV[2]
if taken(5) then return redis.error_reply('TAKEN') end
if writeEdge(follower, followee, tonumber(ARGV[3]), tonumber(ARGV[4])) then addJobs(5) end
local version, active = state(redis.call('HGET', 'following:' .. follower, followee))
return { math.max(version, 0), active, added(5) and 1 or 0 }`,
);

/** Writes follows of one follower in bulk, with their job. */
const IMPORT_EDGES = script(
  WRITE_EDGE,
  ADD_JOBS,
  `
local follower, now, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local new = 0
if taken(4 + count) then return redis.error_reply('TAKEN') end
for i = 4, 3 + count do
  if writeEdge(follower, ARGV[i], 1, now) then new = new + 1 end
end
addJobs(4 + count)
return new`,
);

const EDGES = script(
  STATE,
  `
local found = {}
for i = 1, #ARGV, 2 do
  local text = redis.call('HGET', 'following:' .. ARGV[i], ARGV[i + 1])
  if text then
    local version, active = state(text)
    found[#found + 1] = { ARGV[i], ARGV[i + 1], version, active }
  end
end
return found`,
);

/** `segment(author, follower)`: the keys of the followee's side, and the member of the awake set. */
export const SEGMENT = `
local function segment(author, follower)
  local at = author .. ':' .. string.sub(follower, 10, 10)
  return 'followers:' .. at, 'followers-newest:' .. at, 'followers-awake:' .. at,
    string.sub(follower, 10, 11) .. follower
end`;

const APPLY_EDGES = script(
  STATE,
  EDGE_MEMBER,
  BUMP,
  SEGMENT,
  `
local awake = tonumber(ARGV[1])
for i = 2, #ARGV, 4 do
  local author, follower = ARGV[i], ARGV[i + 1]
  local version, active = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local edges, newest, awakeOnes, member = segment(author, follower)
  local was, wasActive, wasAwake = state(redis.call('HGET', edges, follower))
  if version > was then
    local awakeMs = awake
    if was >= 0 then awakeMs = math.max(wasAwake + (awake > 0 and 1 or 0), awake) end
    if wasActive == 1 then redis.call('ZREM', newest, edgeMember(was, follower)) end
    redis.call('HSET', edges, follower, string.format('%d:%d:%d', version, active, awakeMs))
    if active == 1 then redis.call('ZADD', newest, 0, edgeMember(version, follower)) end
    if active == 1 and awakeMs > 0 then
      redis.call('ZADD', awakeOnes, 0, member)
    else
      redis.call('ZREM', awakeOnes, member)
    end
    bump(author, 'followers', active - wasActive)
  end
end`,
);

const edgesSchema = z.array(z.tuple([z.string(), z.string(), numberSchema, numberSchema]));

export function upstashEdges(scripts: PlaceScripts): EdgeStore {
  return {
    async setEdge({ follower, followee, following, nowMs }, job) {
      const args = [follower, followee, following ? 1 : 0, nowMs, ...jobArgs([job])];
      const answer = await scripts.at(follower).run(SET_EDGE, args);
      const [version, active, changed] = writtenSchema.parse(answer);
      return { follower, followee, version, following: active === 1, changed: changed === 1 };
    },

    async importEdges(edges, nowMs, jobs) {
      const jobsOf = Map.groupBy(
        jobs.filter((job) => job.kind === "edges"),
        (job) => job.follower,
      );
      return madeBy(
        [...Map.groupBy(edges, (edge) => edge.follower)].map(([follower, own]) => {
          const followees: UserId[] = own.map((edge) => edge.followee);
          const caused = jobArgs(jobsOf.get(follower) ?? []);
          const args = [follower, nowMs, followees.length, ...followees, ...caused];
          return scripts.at(follower).run(IMPORT_EDGES, args);
        }),
      );
    },

    async edges(pairs) {
      const found = await scripts.inGroups(
        pairs,
        (pair) => pair.follower,
        EDGES_PER_SCRIPT,
        async (database, group) => {
          const args = group.flatMap((pair) => [pair.follower, pair.followee]);
          return edgesSchema.parse(await database.run(EDGES, args));
        },
      );
      return found.flat().map(([follower, followee, version, active]) => ({
        follower,
        followee,
        version,
        following: active === 1,
      }));
    },

    async applyEdges(edges, awakeMs) {
      await scripts.inGroups<Edge, unknown>(
        edges,
        (edge) => edge.followee,
        EDGES_PER_SCRIPT,
        (database, group) =>
          database.run(APPLY_EDGES, [
            awakeMs,
            ...group.flatMap((edge) => [
              edge.followee,
              edge.follower,
              edge.version,
              edge.following ? 1 : 0,
            ]),
          ]),
      );
    },
  };
}
