/** Reading posts in D1. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Card, PostBody } from "../../feed/timeline/entry.ts";
import type { Id, PostId } from "../../feed/ids.ts";
import { AUTHORS_PER_QUERY } from "../../feed/limits.ts";
import type { AuthorQuery } from "../../feed/timeline/merge.ts";
import { archivesOf } from "../archives.ts";
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
  followers: users.followers,
  text: posts.text,
  replyTo: posts.replyTo,
  replyToAuthor: posts.replyToAuthor,
  likes: posts.likes,
  reposts: posts.reposts,
  replies: posts.replies,
  repostOf: posts.repostOf,
};

interface BodyRow {
  id: string;
  author: string;
  handle: string;
  name: string;
  followers: number;
  text: string;
  replyTo: string | null;
  replyToAuthor: string | null;
  likes: number;
  reposts: number;
  replies: number;
  repostOf: string | null;
}

function toCard(row: BodyRow): Card {
  return { id: row.author, handle: row.handle, name: row.name, avatarUrl: null };
}

function toBody(row: BodyRow): PostBody {
  return {
    id: row.id,
    author: toCard(row),
    text: row.text,
    replyTo:
      row.replyTo === null || row.replyToAuthor === null
        ? null
        : { id: row.replyTo, author: row.replyToAuthor },
    counts: { likes: row.likes, reposts: row.reposts, replies: row.replies },
    followers: row.followers,
  };
}

function selectBodies(shard: Shard) {
  return shard.select(bodyColumns).from(posts).innerJoin(users, eq(users.id, posts.author));
}

/** The newest `limit` posts of each author, without scanning the older ones. */
async function authorsInShard(
  shard: Shard,
  asks: readonly AuthorQuery[],
  span: { downTo: Id; limit: number },
): Promise<BodyRow[]> {
  const list = JSON.stringify(asks.map((ask) => [ask.author, ask.below]));
  return shard
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
}

/** Reads posts by id from their shards. The id of a repost is no post. */
async function bodiesByIds(shards: Shards, ids: readonly PostId[]): Promise<Map<PostId, PostBody>> {
  const rows = await shards.byShard(
    [...new Set(ids)],
    (id) => id,
    (shard, group) =>
      selectBodies(shard).where(and(inJson(posts.id, group), isNull(posts.repostOf))),
  );
  return new Map(rows.flat().map((row) => [row.id, toBody(row)]));
}

export function d1Posts(shards: Shards): PostReadStore {
  return {
    byIds: (ids) => bodiesByIds(shards, ids),

    async existing(ids) {
      const rows = await shards.byShard(
        [...new Set(ids)],
        (id) => id,
        (shard, group) => shard.select({ id: posts.id }).from(posts).where(inJson(posts.id, group)),
      );
      return new Set(rows.flat().map((row) => row.id));
    },

    async byAuthors(asks, span) {
      const groups = await shards.byShard(
        asks,
        (ask) => ask.author,
        async (shard, group) => {
          const found: BodyRow[] = [];
          for (let at = 0; at < group.length; at += AUTHORS_PER_QUERY) {
            const some = group.slice(at, at + AUTHORS_PER_QUERY);
            found.push(...(await authorsInShard(shard, some, span)));
          }
          return found;
        },
      );
      const rows = groups.flat().map((row) => ({ post: toBody(row), repostOf: row.repostOf }));
      return archivesOf(asks, rows, span, (ids) => bodiesByIds(shards, ids));
    },
  };
}
