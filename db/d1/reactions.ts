/** Likes and reposts in D1. */
import { and, desc, eq, gte, isNotNull, lt, or, type SQL, sql } from "drizzle-orm";
import { type Id, idBucket, type PostId, type UserId } from "../../feed/ids.ts";
import { REPOSTS_READ_WHOLE } from "../../feed/limits.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { ReplyTally } from "../../feed/counts/tally.ts";
import type { Reaction, ReactionStore } from "../store.ts";
import { inJson, isActive } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { posts, reactions, tallies } from "./schema.ts";
import type { Shard, Shards } from "./shards.ts";

/** A reaction as it shall be. */
export type Change = Omit<Reaction, "version"> & { nowMs: number };

/** A condition: the row is this reaction. */
export function isReaction(reaction: Pick<Reaction, "actor" | "kind" | "post">) {
  return and(
    eq(reactions.actor, reaction.actor),
    eq(reactions.kind, reaction.kind),
    eq(reactions.post, reaction.post),
  );
}

/** A condition for statements that run before the reaction is written: the write will change it. */
function differs({ actor, kind, post, active, entry }: Change): SQL {
  const stands = sql`EXISTS (SELECT 1 FROM reactions AS r WHERE r.active = 1
    AND r.actor = ${actor} AND r.kind = ${kind} AND r.post = ${post}
    AND (${active ? null : entry} IS NULL OR r.entry = ${entry}))`;
  return active ? sql`NOT ${stands}` : stands;
}

/**
 * The statements of a change, for one batch: its jobs, the entry of a repost, the reaction, and reading it.
 * Each but the last depends on whether the reaction changes, so the reaction comes after the others.
 */
export function writeReaction(shard: Shard, change: Change, jobs: readonly Job[]) {
  const { actor, kind, post, active, entry, nowMs } = change;
  const changes = differs(change);
  return [
    insertJobs(shard, jobs, changes),
    kind === "repost" && active
      ? shard
          .insert(posts)
          .select(
            sql`SELECT ${entry}, ${actor}, '', NULL, NULL, 0, 0, 0, 0, 0, ${post} WHERE ${changes}`,
          )
      : shard
          .delete(posts)
          .where(and(eq(posts.id, entry ?? ""), eq(posts.repostOf, post), changes)),
    shard
      .insert(reactions)
      .select(
        sql`SELECT ${actor}, ${kind}, ${post}, ${nowMs}, ${active ? 1 : 0}, ${entry} WHERE ${changes}`,
      )
      .onConflictDoUpdate({
        target: [reactions.actor, reactions.kind, reactions.post],
        set: {
          active,
          entry: sql`excluded.entry`,
          version: sql`max(${reactions.version} + 1, excluded.version)`,
        },
      }),
    shard.select().from(reactions).where(isReaction(change)),
  ] as const;
}

/** The statement that counts a change in the tally of the actor's bucket, and that reads the tally. */
function writeTally(shard: Shard, change: Change) {
  const { actor, kind, post, active } = change;
  const by = active ? 1 : -1;
  const [likes, reposts] = kind === "like" ? [by, 0] : [0, by];
  const bucket = idBucket(actor);
  return [
    shard
      .insert(tallies)
      .select(sql`SELECT ${post}, ${bucket}, ${likes}, ${reposts}, 1 WHERE ${differs(change)}`)
      .onConflictDoUpdate({
        target: [tallies.post, tallies.bucket],
        set: {
          likes: sql`${tallies.likes} + ${likes}`,
          reposts: sql`${tallies.reposts} + ${reposts}`,
          version: sql`${tallies.version} + 1`,
        },
      }),
    shard
      .select()
      .from(tallies)
      .where(and(eq(tallies.post, post), eq(tallies.bucket, bucket))),
  ] as const;
}

export function d1Reactions(shards: Shards): ReactionStore {
  return {
    ...countingSide(shards),
    ...repostSide(shards),

    async reaction(actor, kind, post) {
      const rows = await shards.at(actor, (shard) =>
        shard.select().from(reactions).where(isReaction({ actor, kind, post })),
      );
      return rows[0] ?? null;
    },

    async setReaction(change, jobs) {
      const [, , , written, rows, counted] = await shards.at(change.actor, (shard) => {
        const [job, entry, reaction, read] = writeReaction(shard, change, jobs);
        const [tally, readTally] = writeTally(shard, change);
        return shard.batch([job, tally, entry, reaction, read, readTally]);
      });
      const { nowMs: _, ...wanted } = change;
      return {
        ...(rows[0] ?? { ...wanted, version: 0 }),
        changed: written.meta.changes > 0,
        tally: counted[0] ?? null,
      };
    },

    async reactionsOf(actor, some, from) {
      if (some.length === 0 && from === undefined) return [];
      const listed = inJson(reactions.post, some);
      return shards.at(actor, (shard) =>
        shard
          .select()
          .from(reactions)
          .where(
            and(
              eq(reactions.actor, actor),
              inJson(reactions.kind, ["like", "repost"]),
              from === undefined ? listed : or(listed, gte(reactions.post, from)),
              isActive(reactions.active),
            ),
          ),
      );
    },
  };
}

/** How many replies posts have, from the posts' own rows. */
export async function replyTalliesOf(
  shards: Shards,
  some: readonly PostId[],
): Promise<Map<PostId, ReplyTally>> {
  const rows = await shards.byShard(
    [...new Set(some)],
    (post) => post,
    (shard, group) =>
      shard
        .select({ id: posts.id, replies: posts.replies, version: posts.repliesVersion })
        .from(posts)
        .where(inJson(posts.id, group)),
  );
  return new Map(rows.flat().map(({ id, ...tally }) => [id, tally]));
}

/** The tallies of some posts and buckets. */
export function selectTallies(shard: Shard, keys: readonly { post: PostId; bucket: number }[]) {
  const list = JSON.stringify(keys.map(({ post, bucket }) => [post, bucket]));
  return shard
    .select()
    .from(tallies)
    .where(
      sql`(${tallies.post}, ${tallies.bucket}) IN
        (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`,
    );
}

function countingSide(
  shards: Shards,
): Pick<ReactionStore, "tallies" | "replyTallies" | "storeCounts"> {
  return {
    async tallies(keys) {
      const rows = await shards.byShard(
        keys,
        (key) => key.actor,
        (shard, group) =>
          selectTallies(
            shard,
            group.map(({ post, actor }) => ({ post, bucket: idBucket(actor) })),
          ),
      );
      return rows.flat();
    },

    replyTallies: (some) => replyTalliesOf(shards, some),

    async storeCounts(post, counts, version) {
      await shards.at(post, (shard) =>
        shard
          .update(posts)
          .set({ likes: counts.likes, reposts: counts.reposts, countsVersion: version })
          .where(and(eq(posts.id, post), lt(posts.countsVersion, version))),
      );
    },
  };
}

function repostSide(
  shards: Shards,
): Pick<ReactionStore, "repostsOf" | "eraseReposts" | "newestReposts"> {
  return {
    async repostsOf(post, limit) {
      const rows = await shards.inAll((shard) =>
        shard
          .select({ id: posts.id, author: posts.author })
          .from(posts)
          .where(and(eq(posts.repostOf, post), isNotNull(posts.repostOf)))
          .orderBy(desc(posts.id))
          .limit(limit),
      );
      return rows.flat().slice(0, limit);
    },

    async eraseReposts(reposts, jobs) {
      await shards.byShard(
        reposts,
        (repost) => repost.author,
        (shard, group) => {
          const own = new Set(group.map((repost) => repost.author));
          const caused = jobs.filter((job) => job.kind === "fanout" && own.has(job.author));
          const ids = group.map((repost) => repost.id);
          return shard.batch([
            insertJobs(shard, caused),
            shard.delete(posts).where(and(inJson(posts.id, ids), sql`repost_of IS NOT NULL`)),
          ]);
        },
      );
    },

    async newestReposts(originals, authors, bounds) {
      if (originals.length === 0) return { newest: new Map(), unread: new Set() };
      const answers = await shards.byShard(
        authors,
        (author) => author,
        (shard, group) => newestInShard(shard, originals, group, bounds),
      );
      const newest = new Map<PostId, string>();
      for (const { post, id } of answers.flatMap((answer) => answer.reposts)) {
        if (id > (newest.get(post) ?? "")) newest.set(post, id);
      }
      const unread = new Set(answers.flatMap((answer) => answer.unread));
      for (const post of unread) newest.delete(post);
      return { newest, unread };
    },
  };
}

interface RepostOf {
  post: PostId;
  id: Id;
}

/**
 * Reposts of originals by some authors, at or below `top`. Most originals have few reposts, which are all
 * read. For the others it reads all reposts or looks up the authors, whichever are fewer, one original
 * after the other as far as the bound allows.
 */
async function newestInShard(
  shard: Shard,
  originals: readonly Pick<PostBody, "id" | "counts">[],
  authors: readonly UserId[],
  { top, maxRows }: { top: Id; maxRows: number },
): Promise<{ reposts: RepostOf[]; unread: PostId[] }> {
  const each = Math.min(REPOSTS_READ_WHOLE, Math.floor(maxRows / 2 / originals.length));
  const first = await readReposts(
    shard,
    originals.map(({ id }) => id),
    each,
  );
  let rowsLeft = maxRows - first.rows.length;
  const [whole, looked, unread]: [PostId[], PostId[], PostId[]] = [[], [], [...first.unread]];
  const most = new Map(
    originals.map(({ id, counts }) => [id, 2 * (counts.reposts + REPOSTS_READ_WHOLE)]),
  );
  while (unread[0] !== undefined) {
    const reposts = most.get(unread[0]) ?? 0;
    const cost = Math.min(reposts, authors.length);
    if (cost > rowsLeft) break;
    rowsLeft -= cost;
    (reposts < authors.length ? whole : looked).push(unread.shift() ?? "");
  }
  const [read, found] = await Promise.all([
    whole.length === 0 ? NONE : readReposts(shard, whole, authors.length),
    looked.length === 0 ? [] : lookUp(shard, looked, authors, top),
  ]);
  const listed = new Set(authors);
  const own = [...first.rows, ...read.rows].filter(
    ({ id, author }) => id <= top && listed.has(author),
  );
  return { reposts: [...own, ...found], unread: [...unread, ...read.unread] };
}

interface RepostsRead {
  rows: (RepostOf & { author: UserId })[];
  unread: readonly PostId[];
}
const NONE: RepostsRead = { rows: [], unread: [] };

/** All reposts of originals; `unread` are the originals that have more than `most`. */
async function readReposts(
  shard: Shard,
  originals: readonly PostId[],
  most: number,
): Promise<RepostsRead> {
  const rows = await shard.all<RepostOf & { author: UserId }>(sql`
    SELECT o.value AS post, p.id, p.author
    FROM json_each(${JSON.stringify(originals)}) AS o
    CROSS JOIN posts AS p ON p.id IN (
      SELECT r.id FROM posts AS r INDEXED BY posts_by_original
      WHERE r.repost_of = o.value AND r.repost_of IS NOT NULL LIMIT ${most + 1})`);
  const counts = Map.groupBy(rows, (row) => row.post);
  const unread = originals.filter((post) => (counts.get(post)?.length ?? 0) > most);
  return { rows, unread };
}

/** The newest repost of each original by some authors: a probe of the index for each pair. */
function lookUp(
  shard: Shard,
  originals: readonly PostId[],
  authors: readonly UserId[],
  top: Id,
): Promise<RepostOf[]> {
  // SQLite keeps this order of joins.
  return shard.all<RepostOf>(sql`
    SELECT o.value AS post, max(p.id) AS id
    FROM json_each(${JSON.stringify(originals)}) AS o
    CROSS JOIN json_each(${JSON.stringify(authors)}) AS a
    CROSS JOIN posts AS p INDEXED BY posts_by_original
      ON p.repost_of = o.value AND p.author = a.value AND p.id <= ${top}
    WHERE p.repost_of IS NOT NULL
    GROUP BY 1`);
}
