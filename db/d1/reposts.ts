/** The newest reposts of some authors in D1. */
import { sql } from "drizzle-orm";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { REPOSTS_READ_WHOLE } from "../../feed/limits.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { NewestRead, PlaceStore } from "../places/place.ts";
import type { OwnerShards, Shard } from "./shards.ts";

export function d1Reposts(shards: OwnerShards): Pick<PlaceStore["reactions"], "newestBy"> {
  return {
    newestBy: (originals, authors, bounds) =>
      shards.byShard(
        authors,
        (author) => author,
        (shard, group) => newestInShard(shard, ENTRIES, originals, group, bounds),
      ),
  };
}

/** Where a shard has reposts by their originals. */
export interface RepostIndex {
  /** Reads the reposts of originals, at most `most + 1` of each. */
  read(shard: Shard, originals: readonly PostId[], most: number): Promise<RepostBy[]>;
  /** Reads the newest repost of each original by some authors, at or below `top`: a probe for each pair. */
  lookUp(
    shard: Shard,
    originals: readonly PostId[],
    authors: readonly UserId[],
    top: Id,
  ): Promise<RepostOf[]>;
}

interface RepostBy extends RepostOf {
  author: UserId;
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
export async function newestInShard(
  shard: Shard,
  index: RepostIndex,
  originals: readonly Pick<PostBody, "id" | "counts">[],
  authors: readonly UserId[],
  { top, maxRows }: { top: Id; maxRows: number },
): Promise<NewestRead> {
  const each = Math.min(REPOSTS_READ_WHOLE, Math.floor(maxRows / 2 / originals.length));
  const first = await readReposts(
    shard,
    index,
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
    whole.length === 0 ? NONE : readReposts(shard, index, whole, authors.length),
    looked.length === 0 ? [] : index.lookUp(shard, looked, authors, top),
  ]);
  const listed = new Set(authors);
  const own = [...first.rows, ...read.rows].filter(
    ({ id, author }) => id <= top && listed.has(author),
  );
  return { reposts: [...own, ...found], unread: [...unread, ...read.unread] };
}

interface RepostsRead {
  rows: RepostBy[];
  unread: readonly PostId[];
}
const NONE: RepostsRead = { rows: [], unread: [] };

/** All reposts of originals; `unread` are the originals that have more than `most`. */
async function readReposts(
  shard: Shard,
  index: RepostIndex,
  originals: readonly PostId[],
  most: number,
): Promise<RepostsRead> {
  const rows = await index.read(shard, originals, most);
  const counts = Map.groupBy(rows, (row) => row.post);
  const unread = originals.filter((post) => (counts.get(post)?.length ?? 0) > most);
  return { rows, unread };
}

/** The entries of reposts, which are in the shards of those who repost. */
const ENTRIES: RepostIndex = {
  read: (shard, originals, most) =>
    shard.all<RepostBy>(sql`
      SELECT o.value AS post, p.id, p.author
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN posts AS p ON p.id IN (
        SELECT r.id FROM posts AS r INDEXED BY posts_by_original
        WHERE r.repost_of = o.value AND r.repost_of IS NOT NULL LIMIT ${most + 1})`),
  // SQLite keeps this order of joins.
  lookUp: (shard, originals, authors, top) =>
    shard.all<RepostOf>(sql`
      SELECT o.value AS post, max(p.id) AS id
      FROM json_each(${JSON.stringify(originals)}) AS o
      CROSS JOIN json_each(${JSON.stringify(authors)}) AS a
      CROSS JOIN posts AS p INDEXED BY posts_by_original
        ON p.repost_of = o.value AND p.author = a.value AND p.id <= ${top}
      WHERE p.repost_of IS NOT NULL
      GROUP BY 1`),
};
