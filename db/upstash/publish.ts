/**
 * Publishing and deleting posts in Redis: each is one script, together with its jobs. A post is a hash,
 * and a member of its author's sorted set, in order of id.
 */
import { z } from "zod";
import type { UserId } from "../../feed/ids.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import type { IdempotencyKey, Published, PublishStore } from "../store.ts";
import type { PlaceScripts } from "./databases.ts";
import { BUMP, script, SERIES } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** `replay(author, key, digest, expireBelow)`: the post of an idempotency key that has not expired. */
const REPLAY_OF = `
local function replay(author, key, digest, expireBelow)
  if key == '' then return false end
  local known = redis.call('GET', 'idempotency:' .. author .. ':' .. key)
  if not known then return false end
  local post, of = string.match(known, '^(%w+):(.*)$')
  if post <= expireBelow then return false end
  return { of == digest and 'replayed' or 'conflict', post }
end`;

const REPLAY = script(REPLAY_OF, "return replay(ARGV[1], ARGV[2], ARGV[3], ARGV[4])");

/** Removes a post or a repost, and its members in lists. */
export const DROP_POST = `
local function dropPost(id, author, original)
  redis.call('DEL', 'post:' .. id)
  redis.call('ZREM', 'posts:' .. author, id)
  if original then
    if redis.call('HGET', 'reposts:' .. original, author) == id then
      redis.call('HDEL', 'reposts:' .. original, author)
    end
  else
    seriesRemove('originals', id)
  end
end`;

const PUBLISH = script(
  REPLAY_OF,
  BUMP,
  SERIES,
  ADD_JOBS,
  `
local author, key, digest, expireBelow, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local id, text, replyTo, replyToAuthor = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local earlier = replay(author, key, digest, expireBelow)
if earlier then return earlier end
if taken(10) then return redis.error_reply('TAKEN') end
-- Written already, and the answer was lost.
local row = redis.call('HMGET', 'post:' .. id, 'author', 'text', 'replyTo')
if row[1] then
  local own = row[1] == author and row[2] == text and (row[3] or '') == replyTo
  return own and { 'replayed', id } or redis.error_reply('TAKEN')
end
redis.call('HSET', 'post:' .. id, 'author', author, 'text', text)
if replyTo ~= '' then
  redis.call('HSET', 'post:' .. id, 'replyTo', replyTo, 'replyToAuthor', replyToAuthor)
end
redis.call('ZADD', 'posts:' .. author, 0, id)
seriesAdd('originals', id)
if key ~= '' then
  redis.call('SET', 'idempotency:' .. author .. ':' .. key, id .. ':' .. digest, 'PX', ttl)
end
bump(author, 'posts', 1)
addJobs(10)
return { 'published', id }`,
);

const REMOVE = script(
  BUMP,
  SERIES,
  DROP_POST,
  ADD_JOBS,
  `
local id, author = ARGV[1], ARGV[2]
if taken(3) then return redis.error_reply('TAKEN') end
local row = redis.call('HMGET', 'post:' .. id, 'author', 'repostOf')
if row[1] ~= author then return added(3) and 1 or 0 end
addJobs(3)
bump(author, 'posts', -1)
dropPost(id, author, row[2])
return 1`,
);

const publishedSchema = z
  .tuple([z.enum(["published", "replayed", "conflict"]), z.string()])
  .nullable();

function toPublished(answer: unknown): Published | null {
  const found = publishedSchema.parse(answer);
  if (found === null) return null;
  const [status, post] = found;
  return status === "replayed" ? { status, post } : { status };
}

function keyArgs(author: UserId, key: IdempotencyKey | null): string[] {
  return [author, key?.key ?? "", key?.digest ?? "", key?.expireBelow ?? ""];
}

export function upstashPublish(scripts: PlaceScripts): PublishStore {
  return {
    async replay(author, key) {
      return toPublished(await scripts.at(author).run(REPLAY, keyArgs(author, key)));
    },

    async publish(post, jobs, key) {
      const answer = await scripts
        .at(post.author)
        .run(PUBLISH, [
          ...keyArgs(post.author, key),
          IDEMPOTENCY_TTL_MS,
          post.id,
          JSON.stringify(post.text),
          post.replyTo?.id ?? "",
          post.replyTo?.author ?? "",
          ...jobArgs(jobs),
        ]);
      const published = toPublished(answer);
      // The key names this post, so this call is repeated because its answer was lost.
      const own = published?.status === "replayed" && published.post === post.id;
      return own || published === null ? { status: "published" } : published;
    },

    async remove(post, jobs) {
      const args = [post.id, post.author, ...jobArgs(jobs)];
      return (await scripts.at(post.author).run(REMOVE, args)) === 1;
    },
  };
}
