/**
 * Likes and reposts in objects. The actor's object has the reaction, which decides. The object of the post's
 * author has the post's side: a row for each actor, and their sums by bucket, which are the tallies. A change
 * brings the post's side in step at once; if that fails, its job does.
 */
import { and, asc, eq, sql } from "drizzle-orm";
import { idBucket, type PostId, type UserId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { Tally } from "../../feed/counts/tally.ts";
import { isActive } from "../d1/json.ts";
import { postCounts, readReactions, selectTallies, writeReaction } from "../d1/reactions.ts";
import { reactions, tallies } from "../d1/schema.ts";
import { ALL_BUCKETS, type Member, type Shard } from "../d1/shards.ts";
import { type Reaction, type ReactionStore, StoreUnavailable } from "../store.ts";
import type { ObjectShards } from "./object-shards.ts";
import { eraseEntries, newestInShard, newestOf, type RepostIndex } from "../d1/reposts.ts";
import { reactors } from "./schema.ts";

type TallyOfPost = Tally & { post: PostId };

/** Statements that write the post's side of reactions and its tallies; older versions change nothing. */
function writeSide(shard: Shard, news: readonly Reaction[]) {
  const rows = JSON.stringify(
    news.map(({ post, kind, actor, version, active, entry }) => [
      post,
      kind,
      actor,
      version,
      active ? 1 : 0,
      entry,
      idBucket(actor),
    ]),
  );
  const by = (kind: string) =>
    sql`sum(CASE WHEN n.value ->> 1 = ${kind} THEN (n.value ->> 4) - coalesce(r.active, 0) ELSE 0 END)`;
  return [
    shard
      .insert(tallies)
      .select(
        sql`SELECT n.value ->> 0, n.value ->> 6, ${by("like")} AS likes, ${by("repost")} AS reposts, 1
          FROM json_each(${rows}) AS n LEFT JOIN reactors AS r ON r.post = n.value ->> 0
            AND r.kind = n.value ->> 1 AND r.actor = n.value ->> 2
          WHERE n.value ->> 3 > coalesce(r.version, -1)
          GROUP BY 1, 2 HAVING likes <> 0 OR reposts <> 0`,
      )
      .onConflictDoUpdate({
        target: [tallies.post, tallies.bucket],
        set: {
          likes: sql`${tallies.likes} + excluded.likes`,
          reposts: sql`${tallies.reposts} + excluded.reposts`,
          version: sql`${tallies.version} + 1`,
        },
      }),
    shard
      .insert(reactors)
      .select(
        sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
          FROM json_each(${rows}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: [reactors.post, reactors.kind, reactors.actor],
        set: {
          version: sql`excluded.version`,
          active: sql`excluded.active`,
          entry: sql`excluded.entry`,
        },
        setWhere: sql`excluded.version > ${reactors.version}`,
      }),
  ] as const;
}

function reactorIn({ post, actor }: { post: PostId; actor: UserId }): Member {
  return { list: listName("reactors", post), bucket: idBucket(actor) };
}

/** Brings the posts' side of reactions in step. @returns the tallies that count them */
async function applyReactions(
  shards: ObjectShards,
  news: readonly Reaction[],
): Promise<TallyOfPost[]> {
  const counted = await shards.byMember(news, reactorIn, async (shard, group) => {
    const keys = group.map(({ post, actor }) => ({ post, bucket: idBucket(actor) }));
    const [, , rows] = await shard.batch([...writeSide(shard, group), selectTallies(shard, keys)]);
    return rows;
  });
  return counted.flat();
}

/** The reactions of actors to posts, active or not, from the actors' side. */
async function reactionsBy(
  shards: ObjectShards,
  keys: readonly { post: PostId; actor: UserId }[],
): Promise<Reaction[]> {
  const rows = await shards.byShard(
    keys,
    ({ actor }) => actor,
    (shard, group) => {
      const list = JSON.stringify(group.map(({ actor, post }) => [actor, post]));
      return shard
        .select()
        .from(reactions)
        .where(
          sql`(${reactions.actor}, ${reactions.kind}, ${reactions.post}) IN (
            SELECT k.value ->> 0, kind.value, k.value ->> 1
            FROM json_each(${list}) AS k, json_each('["like", "repost"]') AS kind)`,
        );
    },
  );
  return rows.flat();
}

export function objectReactions(shards: ObjectShards): ReactionStore {
  return {
    ...readReactions(shards),
    ...postCounts(shards),
    ...repostSide(shards),

    async setReaction(change, jobs) {
      const [, , written, rows] = await shards.at(change.actor, (shard) =>
        shard.batch(writeReaction(shard, change, jobs)),
      );
      const { nowMs: _, ...wanted } = change;
      const [now] = rows;
      return {
        ...(now ?? { ...wanted, version: 0 }),
        changed: written.meta.changes > 0,
        tally: now === undefined ? null : await tallyOf(now),
      };
    },

    async tallies(keys) {
      return applyReactions(shards, await reactionsBy(shards, keys));
    },
  };

  /** Counts a reaction now. Its job does so too, so the answer need not wait for a post out of reach. */
  async function tallyOf(reaction: Reaction): Promise<Tally | null> {
    try {
      return (await applyReactions(shards, [reaction]))[0] ?? null;
    } catch (error) {
      if (error instanceof StoreUnavailable) return null;
      throw error;
    }
  }
}

/** Reposts with their originals. */
const REACTORS: RepostIndex = {
  read: (shard, originals, most) =>
    shard.all(sql`
      SELECT o.value AS post, r.entry AS id, r.actor AS author
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN reactors AS r ON r.post = o.value AND r.kind = 'repost' AND r.actor IN (
        SELECT s.actor FROM reactors AS s
        WHERE s.post = o.value AND s.kind = 'repost' AND s.active = 1 LIMIT ${most + 1})`),
  lookUp: (shard, originals, authors, top) =>
    shard.all(sql`
      SELECT o.value AS post, max(r.entry) AS id
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN json_each(${JSON.stringify(authors)}) AS a
      CROSS JOIN reactors AS r ON r.post = o.value AND r.kind = 'repost' AND r.actor = a.value
      WHERE r.active = 1 AND r.entry <= ${top}
      GROUP BY 1`),
};

function repostSide(
  shards: ObjectShards,
): Pick<ReactionStore, "repostsOf" | "eraseReposts" | "newestReposts"> {
  const { eraseReposts } = eraseEntries(shards);
  return {
    async repostsOf(post, limit) {
      const parts = await shards.inSegments(listName("reactors", post), ALL_BUCKETS, (shard) =>
        shard
          .select()
          .from(reactors)
          .where(
            and(eq(reactors.post, post), eq(reactors.kind, "repost"), isActive(reactors.active)),
          )
          .orderBy(asc(reactors.actor))
          .limit(limit),
      );
      const rows = parts.flat().slice(0, limit);
      return rows.map(({ entry, actor }) => ({ post, id: entry ?? "", author: actor }));
    },

    async eraseReposts(reposts, jobs) {
      await eraseReposts(reposts, jobs);
      // Last, so that a crash in between repeats the whole.
      await shards.byMember(
        reposts,
        ({ post, author }) => reactorIn({ post, actor: author }),
        (shard, group) => {
          const list = JSON.stringify(group.map(({ post, author, id }) => [post, author, id]));
          return shard.run(sql`
            DELETE FROM reactors WHERE kind = 'repost' AND (post, actor, entry) IN
              (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${list}))`);
        },
      );
    },

    async newestReposts(originals, authors, bounds) {
      const answers = await Promise.all(
        originals.map((original) =>
          shards.inSegments(listName("reactors", original.id), ALL_BUCKETS, (shard) =>
            newestInShard(shard, REACTORS, [original], authors, bounds),
          ),
        ),
      );
      return newestOf(answers.flat());
    },
  };
}
