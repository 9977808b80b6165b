/** Recounts in D1: compares counts with the rows that they count. */
import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { type Counts, NO_COUNTS } from "../../feed/timeline/entry.ts";
import { bucketOfChars, type PostId } from "../../feed/ids.ts";
import type { Tallies } from "../../feed/counts/tally.ts";
import type { Correction, RecountStore } from "../store.ts";
import { inJson, isActive } from "./json.ts";
import { replyTalliesOf } from "./reactions.ts";
import { posts, reactions, tallies } from "./schema.ts";
import type { Shard, Shards } from "./shards.ts";

interface Counted {
  post: PostId;
  bucket: number;
  likes: number;
  reposts: number;
}

/** The tallies that one shard should hold, counted from its reactions. */
async function countReactions(shard: Shard, some: readonly PostId[]): Promise<Counted[]> {
  const rows = await shard
    .select({
      post: reactions.post,
      kind: reactions.kind,
      chars: sql<string>`substr(${reactions.actor}, 10, 2)`.as("chars"),
      n: sql<number>`count(*)`,
    })
    .from(reactions)
    .where(and(inJson(reactions.post, some), isActive(reactions.active)))
    .groupBy(reactions.post, reactions.kind, sql`chars`);
  const counted = new Map<string, Counted>();
  for (const { post, kind, chars, n } of rows) {
    const bucket = bucketOfChars(chars);
    const known = counted.get(`${post} ${bucket}`) ?? { post, bucket, likes: 0, reposts: 0 };
    counted.set(`${post} ${bucket}`, { ...known, [kind === "like" ? "likes" : "reposts"]: n });
  }
  return [...counted.values()];
}

async function recountTallies(shard: Shard, some: readonly PostId[]): Promise<Correction[]> {
  const known = await shard.select().from(tallies).where(inJson(tallies.post, some));
  const truth = new Map((await countReactions(shard, some)).map((row) => [keyOf(row), row]));
  const wrong: { was: Counted; is: Counted; version: number }[] = [];
  for (const row of known) {
    const is = truth.get(keyOf(row)) ?? { ...row, likes: 0, reposts: 0 };
    truth.delete(keyOf(row));
    if (is.likes !== row.likes || is.reposts !== row.reposts) {
      wrong.push({ was: row, is, version: row.version });
    }
  }
  for (const is of truth.values())
    wrong.push({ was: { ...is, likes: 0, reposts: 0 }, is, version: 0 });
  for (const { is, version } of wrong) {
    await shard
      .insert(tallies)
      .values({ ...is, version: version + 1 })
      .onConflictDoUpdate({
        target: [tallies.post, tallies.bucket],
        set: { likes: is.likes, reposts: is.reposts, version: version + 1 },
        // A reaction written meanwhile has updated the tally; the next recount sees the rest.
        setWhere: eq(tallies.version, version),
      });
  }
  return wrong.map(({ was, is }) => ({
    post: is.post,
    what: "tally",
    was: countsOf(was),
    is: countsOf(is),
  }));
}

async function recountReplies(shard: Shard, some: readonly PostId[]): Promise<Correction[]> {
  const rows = await shard
    .select({
      post: posts.id,
      was: posts.replies,
      version: posts.repliesVersion,
      is: sql<number>`(SELECT count(*) FROM replies AS r WHERE r.parent = posts.id)`,
    })
    .from(posts)
    .where(and(inJson(posts.id, some), isNull(posts.repostOf)));
  const wrong = rows.filter((row) => row.was !== row.is);
  for (const { post, is, version } of wrong) {
    await shard
      .update(posts)
      .set({ replies: is, repliesVersion: version + 1 })
      .where(and(eq(posts.id, post), eq(posts.repliesVersion, version)));
  }
  return wrong.map(({ post, was, is }) => ({
    post,
    what: "replies",
    was: { ...NO_COUNTS, replies: was },
    is: { ...NO_COUNTS, replies: is },
  }));
}

function keyOf(row: { post: PostId; bucket: number }): string {
  return `${row.post} ${row.bucket}`;
}

function countsOf({ likes, reposts }: Counted): Counts {
  return { ...NO_COUNTS, likes, reposts };
}

export function d1Recounts(shards: Shards): RecountStore {
  return {
    async postsAfter(after, limit) {
      const rows = await shards.inAll((shard) =>
        shard
          .select({ id: posts.id })
          .from(posts)
          .where(and(isNull(posts.repostOf), after === null ? undefined : gt(posts.id, after)))
          .orderBy(asc(posts.id))
          .limit(limit),
      );
      return rows
        .flat()
        .map((row) => row.id)
        .sort()
        .slice(0, limit);
    },

    async recount(some) {
      const corrections = await Promise.all([
        shards.inAll((shard) => recountTallies(shard, some)),
        shards.byShard(some, (post) => post, recountReplies),
      ]);
      return corrections.flat(2);
    },

    async talliesOf(some) {
      const known = new Map<PostId, Tallies>();
      const [buckets, counts] = await Promise.all([
        shards.inAll((shard) => shard.select().from(tallies).where(inJson(tallies.post, some))),
        replyTalliesOf(shards, some),
      ]);
      for (const [post, replies] of counts) known.set(post, { buckets: [], replies });
      for (const { post, ...tally } of buckets.flat()) known.get(post)?.buckets.push(tally);
      return known;
    },
  };
}
