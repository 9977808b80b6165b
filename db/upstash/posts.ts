/** Reading posts in Redis. */
import type { PostBody } from "../../feed/timeline/entry.ts";
import { BEGINNING, type PostId } from "../../feed/ids.ts";
import type { AuthorQuery } from "../../feed/timeline/merge.ts";
import type { PlaceStore } from "../places/place.ts";
import type { ReplyStore } from "../store.ts";
import { bodiesSchema, type BodyRow, stringsSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";

/** Posts that one script handles. */
const POSTS_PER_SCRIPT = 500;
/**
 * Authors that one script handles. Redis runs one script after the other, and a hundred authors of four
 * posts each take about a millisecond, so that others need not wait long.
 */
const AUTHORS_PER_SCRIPT = 100;

/** `body(id)`: a post with its author's card, or false if it is gone or hidden; it reads each card once. */
const BODY = `
local cards = {}
local function card(author)
  if cards[author] == nil then
    cards[author] = redis.call('HMGET', 'user:' .. author, 'handle', 'name', 'followers',
      'avatarUrl', 'profileVersion', 'state')
  end
  return cards[author]
end
local function body(id)
  local row = redis.call('HMGET', 'post:' .. id, 'author', 'text', 'replyTo', 'replyToAuthor',
    'likes', 'reposts', 'replies', 'repostOf')
  if not row[1] then return false end
  local of = card(row[1])
  if not of[1] or (of[6] and of[6] ~= 'active') then return false end
  return { id, row[1], of[1], of[2], row[2], row[3], row[4], row[5], row[6], row[7], row[8],
    of[3], of[4], of[5] }
end`;

const BY_IDS = script(
  BODY,
  `
local found = {}
for _, id in ipairs(ARGV) do
  local row = body(id)
  if row and not row[11] then found[#found + 1] = row end
end
return found`,
);

const EXISTING = script(`
local found = {}
for _, id in ipairs(ARGV) do
  if redis.call('EXISTS', 'post:' .. id) == 1 then found[#found + 1] = id end
end
return found`);

/** The newest `limit` posts of each author, without scanning the older ones. */
const BY_AUTHORS = script(
  BODY,
  `
local found = {}
for i = 3, #ARGV, 2 do
  local ids = redis.call(
    'ZRANGE', 'posts:' .. ARGV[i], ARGV[i + 1], ARGV[1], 'BYLEX', 'REV', 'LIMIT', 0, ARGV[2])
  for _, id in ipairs(ids) do
    local row = body(id)
    if row then found[#found + 1] = row end
  end
end
return found`,
);

function toBody({ id, author, text, replyTo, counts, followers }: BodyRow): PostBody {
  return { id, author, text, replyTo, counts, followers };
}

/** Reads posts by id. The id of a repost is no post. */
async function bodiesByIds(
  scripts: PlaceScripts,
  ids: readonly PostId[],
): Promise<Map<PostId, PostBody>> {
  const rows = await scripts.inGroups(
    [...new Set(ids)],
    (id) => id,
    POSTS_PER_SCRIPT,
    async (database, group) => bodiesSchema.parse(await database.run(BY_IDS, group)),
  );
  return new Map(rows.flat().map((row) => [row.id, toBody(row)]));
}

export function upstashPosts(
  scripts: PlaceScripts,
): Pick<PlaceStore["posts"], "byIds" | "existing" | "rowsOf"> {
  return {
    byIds: (ids) => bodiesByIds(scripts, ids),

    async existing(ids) {
      const found = await scripts.inGroups(
        [...new Set(ids)],
        (id) => id,
        POSTS_PER_SCRIPT,
        async (database, group) => stringsSchema.parse(await database.run(EXISTING, group)),
      );
      return new Set(found.flat());
    },

    async rowsOf(queries, span) {
      const { limit } = span;
      const downTo = span.downTo === BEGINNING ? "-" : `[${span.downTo}`;
      const rows = await scripts.inGroups<AuthorQuery, BodyRow[]>(
        queries,
        (ask) => ask.author,
        AUTHORS_PER_SCRIPT,
        async (database, group) => {
          const positions = group.flatMap(({ author, below }) => [author, `(${below}`]);
          return bodiesSchema.parse(await database.run(BY_AUTHORS, [downTo, limit, ...positions]));
        },
      );
      const found = rows.flat().map((row) => ({ post: toBody(row), repostOf: row.repostOf }));
      return [{ rows: found, queries, scannedTo: null }];
    },
  };
}

/** Adds a reply to its parent's count once, if the parent exists. */
/** Replies that one script sets. */
const REPLIES_PER_SCRIPT = 500;

const SET_REPLIES = script(`
for i = 1, #ARGV, 3 do
  local reply, parent, exists = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local changed, by
  if exists == '1' then
    changed, by = redis.call('ZADD', 'replies:' .. parent, 0, reply), 1
  else
    changed, by = redis.call('ZREM', 'replies:' .. parent, reply), -1
  end
  if changed == 1 and redis.call('EXISTS', 'post:' .. parent) == 1 then
    redis.call('HINCRBY', 'post:' .. parent, 'replies', by)
    redis.call('HINCRBY', 'post:' .. parent, 'repliesVersion', 1)
  end
end`);

const REPLIES = script(`
return redis.call('ZRANGE', 'replies:' .. ARGV[1], ARGV[2], '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[3])`);

export function upstashReplies(scripts: PlaceScripts): ReplyStore {
  return {
    async setReplies(all) {
      await scripts.inGroups(
        all,
        ({ parent }) => parent,
        REPLIES_PER_SCRIPT,
        (database, group) => {
          const args = group.flatMap(({ reply, parent, exists }) => [
            reply,
            parent,
            exists ? 1 : 0,
          ]);
          return database.run(SET_REPLIES, args);
        },
      );
    },

    async replies(parent, below, limit) {
      const from = below === null ? "+" : `(${below}`;
      const answer = await scripts.at(parent).run(REPLIES, [parent, from, limit + 1]);
      const ids = stringsSchema.parse(answer);
      const items = ids.slice(0, limit);
      return { items, next: ids.length > limit ? (items.at(-1) ?? null) : null };
    },
  };
}
