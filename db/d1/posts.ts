/** Reading posts in D1. */
import { eq, sql } from "drizzle-orm";
import type { PostBody } from "../../feed/entry.ts";
import type { Id } from "../../feed/ids.ts";
import { AUTHORS_PER_QUERY } from "../../feed/limits.ts";
import type { AuthorAsk, Slice } from "../../feed/merge.ts";
import type { PostReadStore } from "../store.ts";
import { inJson } from "./json.ts";
import { posts, users } from "./schema.ts";
import type { Shard, Shards } from "./shards.ts";

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
  span: { downTo: Id; limit: number },
): Promise<PostBody[]> {
  const list = JSON.stringify(asks.map((ask) => [ask.author, ask.below]));
  const rows = await shard
    .select(bodyColumns)
    .from(sql`json_each(${list}) AS ask`)
    .innerJoin(
      posts,
      sql`${posts.id} IN (
        SELECT id FROM posts AS own
        WHERE own.author = ask.value ->> 0 AND own.id < ask.value ->> 1 AND own.id >= ${span.downTo}
        ORDER BY own.id DESC LIMIT ${span.limit})`,
    )
    .innerJoin(users, eq(users.id, posts.author));
  return rows.map(toBody);
}

function sliceOf(bodies: readonly PostBody[], span: { downTo: Id; limit: number }): Slice {
  const entries = bodies
    .map((post) => ({ id: post.id, by: null, post }))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const last = entries.at(-1);
  const cut = entries.length >= span.limit && last !== undefined;
  return { entries, horizon: cut ? last.id : span.downTo };
}

export function d1Posts(shards: Shards): PostReadStore {
  return {
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
  };
}
