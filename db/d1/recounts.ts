/** Recounts in D1: compares the counts of a shard with the rows that they count. */
import { and, asc, gte, lt, type SQL, sql } from "drizzle-orm";
import { type Counts, NO_COUNTS } from "../../feed/timeline/entry.ts";
import { bucketOfChars, type Id, idAfter, makeId, type PostId } from "../../feed/ids.ts";
import type { Tally } from "../../feed/counts/tally.ts";
import type { Correction, RecountStore } from "../store.ts";
import { selectTallies } from "./reactions.ts";
import { tallies } from "./schema.ts";
import { isHere } from "./json.ts";
import type { NumberedShards, Shard } from "./shards.ts";

type PostTally = Tally & { post: PostId };
type Counted = Omit<PostTally, "version">;

/** Posts from one id on, up to another one; null for all that follow. */
interface PostRange {
  from: Id;
  end: Id | null;
}

/** Conditions for rows that the shard holds: rows of a bucket that moves are in two shards for a while. */
export interface Here {
  /** @param id SQL for an id with the bucket */
  id(id: SQL): SQL;
  /** @param bucket SQL for the bucket's number */
  bucket(bucket: SQL): SQL;
}

/** Every row is the shard's. */
export const ALL_HERE: Here = { id: () => sql`true`, bucket: () => sql`true` };

const IN_PLACE: Here = {
  id: isHere,
  bucket: (bucket) =>
    sql`NOT EXISTS (SELECT 1 FROM placement AS p WHERE p.state > 2 AND p.bucket = ${bucket})`,
};

/** The table with the reactions that the tallies of a shard count. */
const REACTIONS = sql`reactions INDEXED BY reactions_by_post`;

/**
 * Where a piece ends: both its tallies and its reactions are few, or belong to one post.
 * @param table the table with the reactions
 */
export async function rangeOf(
  shard: Shard,
  table: SQL,
  from: Id,
  limit: number,
): Promise<PostRange> {
  const ends = await shard.all<{ first: Id | null; last: Id | null; count: number }>(sql`
    SELECT min(post) AS first, max(post) AS last, count(*) AS count FROM (
      SELECT post FROM tallies WHERE post >= ${from} ORDER BY post LIMIT ${limit + 1})
    UNION ALL
    SELECT min(post), max(post), count(*) FROM (
      SELECT post FROM ${table}
      WHERE active = 1 AND post >= ${from} ORDER BY post LIMIT ${limit + 1})`);
  const cut = ends.flatMap(({ first, last, count }) => {
    if (first === null || last === null || count <= limit) return [];
    return [first === last ? idAfter(last) : last];
  });
  return { from, end: cut.sort()[0] ?? null };
}

/** The tallies that the posts of a range should have in one shard, counted from its reactions. */
function countReactions(shard: Shard, table: SQL, here: Here, { from, end }: PostRange) {
  return shard
    .select({
      post: sql<PostId>`post`,
      kind: sql<"like" | "repost">`kind`,
      chars: sql<string>`substr(actor, 10, 2)`.as("chars"),
      n: sql<number>`count(*)`,
    })
    .from(table)
    .where(
      and(
        sql`active = 1 AND post >= ${from}`,
        end === null ? undefined : sql`post < ${end}`,
        here.id(sql`actor`),
      ),
    )
    .groupBy(sql`post`, sql`kind`, sql`chars`);
}

function storedTallies(shard: Shard, here: Here, { from, end }: PostRange) {
  return shard
    .select()
    .from(tallies)
    .where(
      and(
        gte(tallies.post, from),
        end === null ? undefined : lt(tallies.post, end),
        here.bucket(sql`${tallies.bucket}`),
      ),
    )
    .orderBy(asc(tallies.post), asc(tallies.bucket));
}

/** Tallies by key, from the counts of each kind of reaction. */
function talliesFrom(rows: Awaited<ReturnType<typeof countReactions>>): Map<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { post, kind, chars, n } of rows) {
    const bucket = bucketOfChars(chars);
    const key = keyOf({ post, bucket });
    const known = counted.get(key) ?? { post, bucket, likes: 0, reposts: 0 };
    counted.set(key, { ...known, [kind === "like" ? "likes" : "reposts"]: n });
  }
  return counted;
}

/** Writes tallies that are each at a version yet. @returns those that it has written */
function correctTallies(
  shard: Shard,
  here: Here,
  wrong: readonly PostTally[],
): Promise<PostTally[]> {
  const rows = wrong.map(({ post, bucket, likes, reposts, version }) => [
    post,
    bucket,
    likes,
    reposts,
    version + 1,
  ]);
  // A reaction written meanwhile has updated the tally; the next recount sees the rest.
  return shard.all<PostTally>(sql`
    INSERT INTO tallies (post, bucket, likes, reposts, version)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
    FROM json_each(${JSON.stringify(rows)}) WHERE ${here.bucket(sql`(value ->> 1)`)}
    ON CONFLICT (post, bucket) DO UPDATE
    SET likes = excluded.likes, reposts = excluded.reposts, version = excluded.version
    WHERE tallies.version = excluded.version - 1
    RETURNING post, bucket, likes, reposts, version`);
}

/** Compares the tallies of a range of posts with the reactions in a table, and corrects those that are wrong. */
export async function recountTallies(shard: Shard, table: SQL, here: Here, range: PostRange) {
  const [stored, counted] = await shard.batch([
    storedTallies(shard, here, range),
    countReactions(shard, table, here, range),
  ]);
  const truth = talliesFrom(counted);
  const before = new Map(stored.map((row) => [keyOf(row), row]));
  for (const { post, bucket, likes, reposts } of truth.values()) {
    const key = keyOf({ post, bucket });
    if (before.has(key) || likes + reposts === 0) continue;
    before.set(key, { post, bucket, likes: 0, reposts: 0, version: 0 });
  }
  const right: PostTally[] = [];
  const wrong: PostTally[] = [];
  for (const [key, row] of before) {
    const is = truth.get(key) ?? { likes: 0, reposts: 0 };
    if (is.likes === row.likes && is.reposts === row.reposts) right.push(row);
    else wrong.push({ ...row, likes: is.likes, reposts: is.reposts });
  }
  const corrected = wrong.length === 0 ? [] : await correctTallies(shard, here, wrong);
  const corrections = corrected.map((is) => {
    const was = before.get(keyOf(is)) ?? { likes: 0, reposts: 0 };
    return correctionOf(is.post, was, is);
  });
  return { tallies: [...right, ...corrected], corrections };
}

/** A post's count of replies as it was and as it is. */
interface ReplyCount {
  post: PostId;
  was: number;
  version: number;
  is: number;
}

/** Posts of a shard with their replies, and whether more follow; a repost has no replies. */
export async function countReplies(shard: Shard, here: Here, after: Id, limit: number) {
  const rows = await shard.all<ReplyCount & { original: Id | null }>(sql`
    SELECT id AS post, repost_of AS original, replies AS was, replies_version AS version,
      CASE WHEN repost_of IS NULL
        THEN (SELECT count(*) FROM replies AS r WHERE r.parent = posts.id) ELSE 0 END AS "is"
    FROM posts WHERE id > ${after} AND ${here.id(sql`id`)} ORDER BY id LIMIT ${limit}`);
  return {
    counted: rows.filter(({ original }) => original === null),
    next: rows.length === limit ? (rows.at(-1)?.post ?? null) : null,
  };
}

/** Writes counts of posts that are each at a version yet. @returns those that it has written */
async function correctReplies(
  shard: Shard,
  here: Here,
  wrong: readonly ReplyCount[],
): Promise<ReplyCount[]> {
  const rows = wrong.map(({ post, version, is }) => [post, version, is]);
  const written = await shard.all<{ post: PostId }>(sql`
    UPDATE posts SET replies = w.value ->> 2, replies_version = replies_version + 1
    FROM json_each(${JSON.stringify(rows)}) AS w
    WHERE posts.id = w.value ->> 0 AND posts.replies_version = w.value ->> 1
      AND ${here.id(sql`posts.id`)}
    RETURNING id AS post`);
  const done = new Set(written.map(({ post }) => post));
  return wrong
    .filter(({ post }) => done.has(post))
    .map((row) => ({ ...row, version: row.version + 1 }));
}

/** Corrects the counts that are wrong. @returns the tallies as they are then, and the corrections */
export async function settleReplies(shard: Shard, here: Here, counted: readonly ReplyCount[]) {
  const wrong = counted.filter(({ was, is }) => was !== is);
  const corrected = wrong.length === 0 ? [] : await correctReplies(shard, here, wrong);
  const right = counted.filter(({ was, is }) => was === is);
  const all = [...right, ...corrected];
  return {
    tallies: all.map(({ post, is, version }) => ({ post, replies: is, version })),
    corrections: corrected.map(({ post, was, is }): Correction => ({
      post,
      what: "replies",
      was: { ...NO_COUNTS, replies: was },
      is: { ...NO_COUNTS, replies: is },
    })),
  };
}

function keyOf(row: { post: PostId; bucket: number }): string {
  return `${row.post} ${row.bucket}`;
}

/** The correction of a tally. */
export function correctionOf(post: PostId, was: Reactions, is: Reactions): Correction {
  return { post, what: "tally", was: countsOf(was), is: countsOf(is) };
}

type Reactions = Pick<Tally, "likes" | "reposts">;

function countsOf({ likes, reposts }: Reactions): Counts {
  return { ...NO_COUNTS, likes, reposts };
}

export function d1Recounts(shards: NumberedShards): RecountStore {
  return {
    async talliesOf(keys) {
      const rows = await shards.byShard(keys, ({ bucket }) => makeId(0, bucket, 0), selectTallies);
      return rows.flat();
    },

    recountReactions: (index, position, limit) =>
      shards.inShard(index, async (shard) => {
        const range = await rangeOf(shard, REACTIONS, position ?? "", limit);
        return { ...(await recountTallies(shard, REACTIONS, IN_PLACE, range)), next: range.end };
      }),

    recountReplies: (index, position, limit) =>
      shards.inShard(index, async (shard) => {
        const { counted, next } = await countReplies(shard, IN_PLACE, position ?? "", limit);
        return { ...(await settleReplies(shard, IN_PLACE, counted)), next };
      }),
  };
}
