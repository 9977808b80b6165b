/**
 * Likes and reposts in objects. The actor's object has the reaction, which decides. The object of the post's
 * author has the post's side: a row for each actor, and their sums by bucket, which are the tallies. A change
 * brings the post's side in step at once; if that fails, its job does.
 */
import { type SQL, sql } from "drizzle-orm";
import { idBucket, type PostId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { Tally } from "../../feed/counts/tally.ts";
import {
  ADD_TO_TALLIES,
  postCounts,
  readReactions,
  selectTallies,
  writeReaction,
} from "../d1/reactions.ts";
import { tallies } from "../d1/schema.ts";
import { ALL_BUCKETS, type Shard } from "../d1/shards.ts";
import type { PlaceStore } from "../places/place.ts";
import { type Reaction, StoreUnavailable } from "../store.ts";
import type { ObjectShards } from "./object-shards.ts";
import { newestInShard, type RepostIndex } from "../d1/reposts.ts";
import { d1Reactors, insertReactors, reactorIn, reactorRow } from "../d1/reactors.ts";

type TallyOfPost = Tally & { post: PostId };

/** Statements that write the post's side of reactions and its tallies; older versions change nothing. */
function writeSide(shard: Shard, news: readonly Reaction[]) {
  const rows = JSON.stringify(
    news.map((reaction) => [...reactorRow(reaction), idBucket(reaction.actor)]),
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
      .onConflictDoUpdate(ADD_TO_TALLIES),
    insertReactors(shard, news),
  ] as const;
}

/** The key of the tally that counts a reaction. */
function tallyKey({ post, actor }: Reaction) {
  return { post, bucket: idBucket(actor) };
}

/** Brings the posts' side of reactions in step. @returns the tallies that count them */
async function applyReactions(
  shards: ObjectShards,
  news: readonly Reaction[],
): Promise<TallyOfPost[]> {
  const counted = await shards.byMember(
    news,
    ({ post, actor }) => reactorIn(post, actor),
    async (shard, group) => {
      const [, , rows] = await shard.batch([
        ...writeSide(shard, group),
        selectTallies(shard, group.map(tallyKey)),
      ]);
      return rows;
    },
  );
  return counted.flat();
}

/** Brings the posts' side of reactions in step. @returns the tallies that this has changed */
export async function mendPostSide(
  shards: ObjectShards,
  reactions: readonly Reaction[],
): Promise<{ was: Tally; is: TallyOfPost }[]> {
  const mended = await shards.byMember(
    reactions,
    ({ post, actor }) => reactorIn(post, actor),
    async (shard, group) => {
      const keys = group.map(tallyKey);
      const [before, , , after] = await shard.batch([
        selectTallies(shard, keys),
        ...writeSide(shard, group),
        selectTallies(shard, keys),
      ]);
      const known = new Map(before.map((tally) => [tally.post + tally.bucket, tally]));
      return after.flatMap((is) => {
        const none = { ...is, likes: 0, reposts: 0, version: 0 };
        const was = known.get(is.post + is.bucket) ?? none;
        return was.version === is.version ? [] : [{ was, is }];
      });
    },
  );
  return mended.flat();
}

export function objectReactions(shards: ObjectShards): PlaceStore["reactions"] {
  const { reactionsBy, ...reads } = readReactions(shards);
  const { repostsOf, eraseEntries, forgetReposts } = d1Reactors(shards, emptyReposts);
  return {
    reactionsBy,
    ...reads,
    ...postCounts(shards),
    repostsOf,
    eraseEntries,
    forgetReposts,

    async newestBy(originals, authors, bounds) {
      const answers = await Promise.all(
        originals.map((original) =>
          shards.inSegments(listName("reactors", original.id), ALL_BUCKETS, (shard) =>
            newestInShard(shard, REACTORS, [original], authors, bounds),
          ),
        ),
      );
      return answers.flat();
    },

    async applyReactions(news) {
      await applyReactions(shards, news);
    },

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
      const kinds = ["like", "repost"] as const;
      const both = keys.flatMap(({ actor, post }) => kinds.map((kind) => ({ actor, kind, post })));
      return applyReactions(shards, await reactionsBy(both));
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

/** Reposts of a deleted post lose their entries. Their rows stay, because the tallies count them. */
function emptyReposts(are: SQL): SQL {
  return sql`UPDATE reactors SET entry = NULL WHERE ${are}`;
}

/** Reposts with their originals. */
const REACTORS: RepostIndex = {
  read: (shard, originals, most) =>
    shard.all(sql`
      SELECT o.value AS post, r.entry AS id, r.actor AS author
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN reactors AS r ON r.post = o.value AND r.kind = 'repost' AND r.actor IN (
        SELECT s.actor FROM reactors AS s
        WHERE s.post = o.value AND s.kind = 'repost' AND s.active = 1 AND s.entry IS NOT NULL LIMIT ${most + 1})`),
  lookUp: (shard, originals, authors, top) =>
    shard.all(sql`
      SELECT o.value AS post, max(r.entry) AS id
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN json_each(${JSON.stringify(authors)}) AS a
      CROSS JOIN reactors AS r ON r.post = o.value AND r.kind = 'repost' AND r.actor = a.value
      WHERE r.active = 1 AND r.entry <= ${top}
      GROUP BY 1`),
};
