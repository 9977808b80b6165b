/** Posts and replies in D1. */
import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import type { PostBody } from "../../feed/entry.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { AUTHORS_PER_QUERY } from "../../feed/limits.ts";
import type { AuthorAsk, Slice } from "../../feed/merge.ts";
import type { IdempotencyKey, PostStore, Published } from "../store.ts";
import { inJson } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { idempotency, posts, replies, users } from "./schema.ts";
import { isConstraintError, type Shard, type Shards } from "./shards.ts";

/** A post beside its author's card; both rows are in the author's shard. */
const bodyColumns = {
  id: posts.id,
  author: posts.author,
  handle: users.handle,
  name: users.name,
  text: posts.text,
  replyTo: posts.replyTo,
  replyToAuthor: posts.replyToAuthor,
  likes: posts.likes,
  reposts: posts.reposts,
  replies: posts.replies,
};

interface BodyRow {
  id: string;
  author: string;
  handle: string;
  name: string;
  text: string;
  replyTo: string | null;
  replyToAuthor: string | null;
  likes: number;
  reposts: number;
  replies: number;
}

function toBody(row: BodyRow): PostBody {
  return {
    id: row.id,
    author: { id: row.author, handle: row.handle, name: row.name, avatarUrl: null },
    text: row.text,
    replyTo:
      row.replyTo === null || row.replyToAuthor === null
        ? null
        : { id: row.replyTo, author: row.replyToAuthor },
    counts: { likes: row.likes, reposts: row.reposts, replies: row.replies },
  };
}

function selectBodies(shard: Shard) {
  return shard.select(bodyColumns).from(posts).innerJoin(users, eq(users.id, posts.author));
}

/** The newest `limit` posts of each author, however many others there are. */
async function authorsInShard(
  shard: Shard,
  asks: readonly AuthorAsk[],
  span: { above: Id; limit: number },
): Promise<PostBody[]> {
  const list = JSON.stringify(asks.map((ask) => [ask.author, ask.below]));
  const rows = await shard
    .select(bodyColumns)
    .from(sql`json_each(${list}) AS ask`)
    .innerJoin(
      posts,
      sql`${posts.id} IN (
        SELECT id FROM posts AS own
        WHERE own.author = ask.value ->> 0 AND own.id < ask.value ->> 1 AND own.id > ${span.above}
        ORDER BY own.id DESC LIMIT ${span.limit})`,
    )
    .innerJoin(users, eq(users.id, posts.author));
  return rows.map(toBody);
}

function sliceOf(bodies: readonly PostBody[], span: { above: Id; limit: number }): Slice {
  const entries = bodies
    .map((post) => ({ id: post.id, by: null, post }))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const last = entries.at(-1);
  const cut = entries.length >= span.limit && last !== undefined;
  return { entries, horizon: cut ? last.id : span.above };
}

export function d1Posts(shards: Shards): PostStore {
  const replay = async (author: UserId, key: IdempotencyKey): Promise<Published | null> => {
    const rows = await shards.at(author, (shard) =>
      shard
        .select()
        .from(idempotency)
        .where(
          and(
            eq(idempotency.author, author),
            eq(idempotency.key, key.key),
            gt(idempotency.post, key.expireBelow),
          ),
        ),
    );
    const row = rows[0];
    if (row === undefined) return null;
    return row.digest === key.digest
      ? { status: "replayed", post: row.post }
      : { status: "conflict" };
  };

  return {
    replay,

    async publish(post, jobs, key) {
      const row = {
        id: post.id,
        author: post.author,
        text: post.text,
        replyTo: post.replyTo?.id ?? null,
        replyToAuthor: post.replyTo?.author ?? null,
      };
      try {
        await shards.at(post.author, (shard) =>
          shard.batch([
            shard.insert(posts).values(row),
            ...(key === null ? [] : rememberKey(shard, post.author, post.id, key)),
            shard
              .update(users)
              .set({ posts: sql`${users.posts} + 1` })
              .where(eq(users.id, post.author)),
            insertJobs(shard, jobs),
          ]),
        );
        return { status: "published" };
      } catch (error) {
        if (!isConstraintError(error)) throw error;
        // Either this very batch was repeated after a lost answer, or the key has been used.
        const earlier = key === null ? null : await replay(post.author, key);
        if (earlier === null) return { status: "published" };
        return earlier.status === "replayed" && earlier.post === post.id
          ? { status: "published" }
          : earlier;
      }
    },

    async remove(post, jobs) {
      const there = sql`EXISTS (SELECT 1 FROM posts
        WHERE posts.id = ${post.id} AND posts.author = ${post.author})`;
      const [, , removed] = await shards.at(post.author, (shard) =>
        shard.batch([
          insertJobs(shard, jobs, there),
          shard
            .update(users)
            .set({ posts: sql`${users.posts} - 1` })
            .where(and(eq(users.id, post.author), there)),
          shard
            .delete(posts)
            .where(and(eq(posts.id, post.id), eq(posts.author, post.author)))
            .returning({ id: posts.id }),
        ]),
      );
      return removed.length > 0;
    },

    async byIds(ids) {
      const rows = await shards.byShard(
        [...new Set(ids)],
        (id) => id,
        (shard, group) => selectBodies(shard).where(inJson(posts.id, group)),
      );
      return new Map(rows.flat().map((row) => [row.id, toBody(row)]));
    },

    async existing(ids) {
      const rows = await shards.byShard(
        [...new Set(ids)],
        (id) => id,
        (shard, group) => shard.select({ id: posts.id }).from(posts).where(inJson(posts.id, group)),
      );
      return new Set(rows.flat().map((row) => row.id));
    },

    async byAuthors(asks, span) {
      const bodies = await shards.byShard(
        asks,
        (ask) => ask.author,
        async (shard, group) => {
          const found: PostBody[] = [];
          for (let at = 0; at < group.length; at += AUTHORS_PER_QUERY) {
            const some = group.slice(at, at + AUTHORS_PER_QUERY);
            found.push(...(await authorsInShard(shard, some, span)));
          }
          return found;
        },
      );
      const byAuthor = Map.groupBy(bodies.flat(), (body) => body.author.id);
      return new Map(
        asks.map((ask) => [ask.author, sliceOf(byAuthor.get(ask.author) ?? [], span)]),
      );
    },

    async setReply(reply, parent, exists) {
      const listed = sql`EXISTS (SELECT 1 FROM replies
        WHERE replies.parent = ${parent} AND replies.id = ${reply})`;
      const count = (by: 1 | -1) => sql`${posts.replies} + ${by}`;
      const [, , rows] = await shards.at(parent, (shard) =>
        shard.batch([
          shard
            .update(posts)
            .set({ replies: count(exists ? 1 : -1) })
            .where(and(eq(posts.id, parent), exists ? sql`NOT ${listed}` : listed)),
          exists
            ? shard.insert(replies).values({ parent, id: reply }).onConflictDoNothing()
            : shard.delete(replies).where(and(eq(replies.parent, parent), eq(replies.id, reply))),
          shard
            .select({ likes: posts.likes, reposts: posts.reposts, replies: posts.replies })
            .from(posts)
            .where(eq(posts.id, parent)),
        ]),
      );
      return rows[0] ?? null;
    },

    async replies(parent, below, limit) {
      const rows = await shards.at(parent, (shard) =>
        shard
          .select({ id: replies.id })
          .from(replies)
          .where(
            and(eq(replies.parent, parent), below === null ? undefined : lt(replies.id, below)),
          )
          .orderBy(desc(replies.id))
          .limit(limit + 1),
      );
      const items = rows.slice(0, limit).map((row) => row.id);
      return { items, next: rows.length > limit ? (items.at(-1) ?? null) : null };
    },
  };
}

/** Notes what a key stands for, and forgets the author's keys that have expired. */
function rememberKey(shard: Shard, author: UserId, post: Id, key: IdempotencyKey) {
  return [
    shard
      .delete(idempotency)
      .where(and(eq(idempotency.author, author), lt(idempotency.post, key.expireBelow))),
    shard.insert(idempotency).values({ author, key: key.key, digest: key.digest, post }),
  ] as const;
}
