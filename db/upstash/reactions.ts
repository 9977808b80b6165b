/**
 * Likes and reposts in Redis. A reaction is a value. The actors of a post's reactions are a set for each
 * bucket, in the actors' database; the size of the set is the tally, so no second number can disagree.
 * A tally's version is a field of the post's hash of versions.
 */
import { z } from "zod";
import { bucketOfChars, type Id, idBucket, makeId, type PostId } from "../../feed/ids.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { PlaceStore } from "../places/place.ts";
import type { Reaction, ReactionStore } from "../store.ts";
import { numberSchema } from "./answers.ts";
import { type Argument } from "./database.ts";
import type { PlaceScripts } from "./databases.ts";
import { script, SERIES, STATE } from "./lua.ts";
import { IS_HERE } from "./lua-beginning.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";
import { DROP_POST } from "./publish.ts";
import { upstashReactors } from "./reactors.ts";
import { upstashReposts } from "./reposts.ts";

/** Posts that one script handles. */
const POSTS_PER_SCRIPT = 500;
/** Reactions that one script reads by their keys. */
const REACTIONS_PER_SCRIPT = 500;

/** `reaction(actor, kind, post)`: the stored reaction, or false. */
const REACTION_OF = `
local function reaction(actor, kind, post)
  local text = redis.call('GET', 'reaction:' .. actor .. ':' .. kind .. ':' .. post)
  if not text then return false end
  local version, active, entry = state(text)
  return { kind, post, version, active, entry }
end`;

/** `tally(post, bucket)`: how many accounts of a bucket react to a post, and the tally's version. */
const TALLY_OF = `
local function tally(post, bucket)
  local version = redis.call('HGET', 'tally:' .. post, bucket)
  if not version then return false end
  local at = post .. ':' .. bucket
  return { post, bucket, redis.call('SCARD', 'reactors:like:' .. at),
    redis.call('SCARD', 'reactors:repost:' .. at), version }
end`;

/** Writes a reaction. The entry of a repost must be free: no post, and not given to a key of an import. */
const WRITE_REACTION = [
  STATE,
  SERIES,
  DROP_POST,
  ADD_JOBS,
  REACTION_OF,
  TALLY_OF,
  `
local actor, kind, post, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local wanted, now = tonumber(ARGV[4]), tonumber(ARGV[6])
local key = 'reaction:' .. actor .. ':' .. kind .. ':' .. post
local bucket = string.sub(actor, 10, 11)
local version, active, standing = state(redis.call('GET', key))
local stands = active == 1 and (wanted == 1 or entry == '' or standing == entry)
if stands == (wanted == 1) then
  return { reaction(actor, kind, post), added(7) and 1 or 0, tally(post, bucket) }
end
if taken(7) then return redis.error_reply('TAKEN') end
if kind == 'repost' and wanted == 1 and (redis.call('EXISTS', 'post:' .. entry) == 1
  or redis.call('SISMEMBER', 'imported-ids:' .. actor, entry) == 1) then
  return redis.error_reply('TAKEN')
end
version = math.max(version + 1, now)
redis.call('SET', key, string.format('%d:%d:%s', version, wanted, entry))
local reactors = 'reactors:' .. kind .. ':' .. post .. ':' .. bucket
if wanted == 1 then
  redis.call('SADD', reactors, actor)
  redis.call('ZADD', 'reacted:' .. actor, 0, post .. kind)
else
  redis.call('SREM', reactors, actor)
  redis.call('ZREM', 'reacted:' .. actor, post .. kind)
end
redis.call('HINCRBY', 'tally:' .. post, bucket, 1)
if kind == 'repost' and wanted == 1 then
  redis.call('HSET', 'post:' .. entry, 'author', actor, 'text', '""', 'repostOf', post)
  redis.call('ZADD', 'posts:' .. actor, 0, entry)
  redis.call('HSET', 'reposts:' .. post, actor, entry)
elseif kind == 'repost' and redis.call('HGET', 'post:' .. entry, 'repostOf') == post then
  dropPost(entry, actor, post)
end
addJobs(7)
return { reaction(actor, kind, post), 1, tally(post, bucket) }`,
];

const SET_REACTION = script(...WRITE_REACTION);

/** The same, unless the actor has ever reacted so. */
export const IMPORT_REACTION = script(
  `if redis.call('EXISTS', 'reaction:' .. ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3]) == 1 then return end`,
  ...WRITE_REACTION,
);

const REACTION = script(STATE, REACTION_OF, "return reaction(ARGV[1], ARGV[2], ARGV[3])");

/** Each of some reactions, or false. */
const REACTIONS_BY = script(
  STATE,
  REACTION_OF,
  `
local found = {}
for i = 1, #ARGV, 3 do
  found[#found + 1] = reaction(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
return found`,
);

/** Active reactions to posts. */
const REACTIONS_TO = script(
  STATE,
  REACTION_OF,
  `
local found = {}
for i = 2, #ARGV do
  for _, kind in ipairs({ 'like', 'repost' }) do
    local row = reaction(ARGV[1], kind, ARGV[i])
    if row and row[4] == 1 then found[#found + 1] = row end
  end
end
return found`,
);

/** Active reactions to posts from an id on, in pieces. */
const REACTIONS_FROM = script(
  STATE,
  REACTION_OF,
  `
local found = {}
for _, member in ipairs(redis.call(
  'ZRANGE', 'reacted:' .. ARGV[1], ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])) do
  found[#found + 1] = reaction(ARGV[1], string.sub(member, 17), string.sub(member, 1, 16))
end
return found`,
);
/** Reactions in one read. */
const REACTIONS_PER_READ = 2_000;

const TALLIES = script(
  TALLY_OF,
  `
local found = {}
for i = 1, #ARGV, 2 do
  local row = tally(ARGV[i], ARGV[i + 1])
  if row then found[#found + 1] = row end
end
return found`,
);

/** The tally of every bucket that is here, of each of some posts. */
export const ALL_TALLIES = script(
  TALLY_OF,
  IS_HERE,
  `
local found = {}
for _, post in ipairs(ARGV) do
  for _, bucket in ipairs(redis.call('HKEYS', 'tally:' .. post)) do
    if isHereBucket(bucket) then found[#found + 1] = tally(post, bucket) end
  end
end
return found`,
);

const REPLY_TALLIES = script(`
local found = {}
for _, post in ipairs(ARGV) do
  local row = redis.call('HMGET', 'post:' .. post, 'author', 'replies', 'repliesVersion')
  if row[1] then found[#found + 1] = { post, row[2] or 0, row[3] or 0 } end
end
return found`);

const STORE_COUNTS = script(`
local key, version = 'post:' .. ARGV[1], tonumber(ARGV[4])
if redis.call('EXISTS', key) == 1
  and tonumber(redis.call('HGET', key, 'countsVersion') or 0) < version then
  redis.call('HSET', key, 'likes', ARGV[2], 'reposts', ARGV[3], 'countsVersion', ARGV[4])
end`);

const reactionSchema = z.tuple([
  z.enum(["like", "repost"]),
  z.string(),
  numberSchema,
  numberSchema,
  z.string(),
]);
const reactionsSchema = z.array(reactionSchema);
/** Post, bucket, likes, reposts, version. */
const tallySchema = z
  .tuple([z.string(), z.string(), numberSchema, numberSchema, numberSchema])
  .transform(([post, chars, likes, reposts, version]) => ({
    post,
    bucket: bucketOfChars(chars),
    likes,
    reposts,
    version,
  }));
export const talliesSchema = z.array(tallySchema);
const setSchema = z.tuple([reactionSchema.nullable(), numberSchema, tallySchema.nullable()]);
const replyTalliesSchema = z.array(z.tuple([z.string(), numberSchema, numberSchema]));

function toReaction(actor: string, row: z.infer<typeof reactionSchema>): Reaction {
  const [kind, post, version, active, entry] = row;
  return { actor, kind, post, version, active: active === 1, entry: entry === "" ? null : entry };
}

/** The arguments of a script that writes a reaction. */
export function setReactionArgs(
  change: Omit<Reaction, "version"> & { nowMs: number },
  jobs: readonly Job[],
): Argument[] {
  const { actor, kind, post, active, entry, nowMs } = change;
  return [actor, kind, post, active ? 1 : 0, entry ?? "", nowMs, ...jobArgs(jobs)];
}

export function upstashReactions(scripts: PlaceScripts): PlaceStore["reactions"] {
  /** Every active reaction to posts from `from` on. */
  async function reactionsFrom(actor: string, from: Id): Promise<Reaction[]> {
    const all: Reaction[] = [];
    let position = `[${from}`;
    for (;;) {
      const args = [actor, position, REACTIONS_PER_READ];
      const some = reactionsSchema.parse(await scripts.at(actor).run(REACTIONS_FROM, args));
      all.push(...some.map((row) => toReaction(actor, row)));
      const last = some.at(-1);
      if (last === undefined || some.length < REACTIONS_PER_READ) return all;
      position = `(${last[1]}${last[0]}`;
    }
  }

  return {
    ...countingSide(scripts),
    ...upstashReactors(scripts),
    ...upstashReposts(scripts),

    async reaction(actor, kind, post) {
      const answer = await scripts.at(actor).run(REACTION, [actor, kind, post]);
      const row = reactionSchema.nullable().parse(answer);
      return row === null ? null : toReaction(actor, row);
    },

    async reactionsBy(keys) {
      const found = await scripts.inGroups(
        keys,
        (key) => key.actor,
        REACTIONS_PER_SCRIPT,
        async (database, group) => {
          const args = group.flatMap(({ actor, kind, post }) => [actor, kind, post]);
          const rows = z
            .array(reactionSchema.nullable())
            .parse(await database.run(REACTIONS_BY, args));
          return rows.flatMap((row, n) => {
            const actor = group[n]?.actor;
            return row === null || actor === undefined ? [] : [toReaction(actor, row)];
          });
        },
      );
      return found.flat();
    },

    async setReaction(change, jobs) {
      const { actor } = change;
      const answer = await scripts.at(actor).run(SET_REACTION, setReactionArgs(change, jobs));
      const [row, changed, tally] = setSchema.parse(answer);
      const { nowMs: _, ...wanted } = change;
      const now = row === null ? { ...wanted, version: 0 } : toReaction(actor, row);
      return { ...now, changed: changed === 1, tally };
    },

    async reactionsOf(actor, some, from) {
      const older = from === undefined ? some : some.filter((post) => post < from);
      const [listed, newer] = await Promise.all([
        scripts.inGroups(
          [...new Set(older)],
          () => actor,
          POSTS_PER_SCRIPT,
          async (database, group) =>
            reactionsSchema.parse(await database.run(REACTIONS_TO, [actor, ...group])),
        ),
        from === undefined ? [] : reactionsFrom(actor, from),
      ]);
      return [...listed.flat().map((row) => toReaction(actor, row)), ...newer];
    },
  };
}

/** How many replies posts have, from the posts' own rows. */
async function replyTalliesOf(scripts: PlaceScripts, some: readonly PostId[]) {
  const found = await scripts.inGroups(
    [...new Set(some)],
    (post) => post,
    POSTS_PER_SCRIPT,
    async (database, group) => replyTalliesSchema.parse(await database.run(REPLY_TALLIES, group)),
  );
  return new Map(found.flat().map(([post, replies, version]) => [post, { replies, version }]));
}

function countingSide(
  scripts: PlaceScripts,
): Pick<ReactionStore, "tallies" | "replyTallies" | "storeCounts"> {
  return {
    tallies: (keys) =>
      talliesIn(
        scripts,
        keys.map(({ post, actor }) => ({ post, bucket: idBucket(actor) })),
      ),

    replyTallies: (some) => replyTalliesOf(scripts, some),

    async storeCounts(post, counts, version) {
      const args = [post, counts.likes, counts.reposts, version];
      await scripts.at(post).run(STORE_COUNTS, args);
    },
  };
}

/** Reads tallies, each in the database of its bucket. */
export async function talliesIn(
  scripts: PlaceScripts,
  keys: readonly { post: PostId; bucket: number }[],
) {
  const found = await scripts.inGroups(
    keys,
    ({ bucket }) => makeId(0, bucket, 0),
    POSTS_PER_SCRIPT,
    async (database, group) => {
      const args = group.flatMap(({ post, bucket }) => [post, charsOf(bucket)]);
      return talliesSchema.parse(await database.run(TALLIES, args));
    },
  );
  return found.flat();
}

function charsOf(bucket: number): string {
  return makeId(0, bucket, 0).slice(9, 11);
}
