/** Reading posts in D1. */
import { and, desc, eq, gte, isNull, lt, sql } from "drizzle-orm";
import { cardOf, type PostBody } from "../../feed/timeline/entry.ts";
import type { Id, PostId } from "../../feed/ids.ts";
import { ARCHIVE_WIDE_ENTRIES, AUTHORS_PER_QUERY } from "../../feed/limits.ts";
import type { AuthorQuery } from "../../feed/timeline/merge.ts";
import type { ArchiveRow } from "../archives.ts";
import type { AuthorRows, PlaceStore } from "../places/place.ts";
import { inJson } from "./json.ts";
import { posts, users } from "./schema.ts";
import type { Shard, OwnerShards } from "./shards.ts";

/** A post beside its author's card; both rows are in the author's shard. */
const bodyColumns = {
  id: posts.id,
  author: posts.author,
  handle: users.handle,
  name: users.name,
  avatarUrl: users.avatarUrl,
  profileVersion: users.profileVersion,
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
  avatarUrl: string | null;
  profileVersion: number;
  followers: number;
  text: string;
  replyTo: string | null;
  replyToAuthor: string | null;
  likes: number;
  reposts: number;
  replies: number;
  repostOf: string | null;
}

function toBody(row: BodyRow): PostBody {
  return {
    id: row.id,
    author: cardOf({ ...row, id: row.author }),
    text: row.text,
    replyTo:
      row.replyTo === null || row.replyToAuthor === null
        ? null
        : { id: row.replyTo, author: row.replyToAuthor },
    counts: { likes: row.likes, reposts: row.reposts, replies: row.replies },
    followers: row.followers,
  };
}

function toArchiveRow(row: BodyRow): ArchiveRow {
  return { post: toBody(row), repostOf: row.repostOf };
}

/** A condition: `users` is the author of `posts`, and not hidden. */
function isByActive() {
  return and(eq(users.id, posts.author), eq(users.state, "active"));
}

function selectBodies(shard: Shard) {
  return shard.select(bodyColumns).from(posts).innerJoin(users, isByActive());
}

/** The newest `limit` posts of each author, without scanning the older ones. */
async function authorsInShard(
  shard: Shard,
  queries: readonly AuthorQuery[],
  span: { downTo: Id; limit: number },
): Promise<BodyRow[]> {
  const list = JSON.stringify(queries.map((query) => [query.author, query.below]));
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
    .innerJoin(users, isByActive());
}

/**
 * Reads the newest posts of a shard and keeps those of some authors. With thousands of authors in one
 * shard that reads fewer rows than to look each of them up: they wrote much of what it holds.
 */
async function scanShard(
  shard: Shard,
  queries: readonly AuthorQuery[],
  { downTo }: { downTo: Id },
  maxRows: number,
): Promise<AuthorRows> {
  const below = new Map(queries.map((query) => [query.author, query.below]));
  const from = queries.reduce(
    (highest, query) => (query.below > highest ? query.below : highest),
    "",
  );
  const scanned = await shard
    .select({ id: posts.id, author: posts.author })
    .from(posts)
    .where(and(lt(posts.id, from), gte(posts.id, downTo)))
    .orderBy(desc(posts.id))
    .limit(maxRows);
  const own = scanned.filter(({ id, author }) => id < (below.get(author) ?? ""));
  const kept = own.slice(0, ARCHIVE_WIDE_ENTRIES).map(({ id }) => id);
  const rows = await selectBodies(shard).where(inJson(posts.id, kept));
  const isWhole = scanned.length < maxRows && own.length <= kept.length;
  const last = own.length > kept.length ? kept.at(-1) : scanned.at(-1)?.id;
  return { rows: rows.map(toArchiveRow), queries, scannedTo: isWhole ? downTo : (last ?? downTo) };
}

/** Reads posts by id from their shards. The id of a repost is no post. */
async function bodiesByIds(
  shards: OwnerShards,
  ids: readonly PostId[],
): Promise<Map<PostId, PostBody>> {
  const rows = await shards.byShard(
    [...new Set(ids)],
    (id) => id,
    (shard, group) =>
      selectBodies(shard).where(and(inJson(posts.id, group), isNull(posts.repostOf))),
  );
  return new Map(rows.flat().map((row) => [row.id, toBody(row)]));
}

export function d1Posts(
  shards: OwnerShards,
): Pick<PlaceStore["posts"], "byIds" | "existing" | "rowsOf"> {
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

    rowsOf: (queries, span) =>
      shards.byShard(
        queries,
        (query) => query.author,
        async (shard, group): Promise<AuthorRows> => {
          const { maxRows = Infinity } = span;
          // A row of each post, and one of its author.
          if (2 * group.length * span.limit > maxRows)
            return scanShard(shard, group, span, maxRows);
          const rows: BodyRow[] = [];
          for (let at = 0; at < group.length; at += AUTHORS_PER_QUERY) {
            const some = group.slice(at, at + AUTHORS_PER_QUERY);
            rows.push(...(await authorsInShard(shard, some, span)));
          }
          return { rows: rows.map(toArchiveRow), queries: group, scannedTo: null };
        },
      ),
  };
}
