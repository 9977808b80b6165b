/** Turns the rows that a store has read of authors into slices of entries. */
import type { Entry, PostBody } from "../feed/timeline/entry.ts";
import { type Id, newestFirst, type PostId, type UserId } from "../feed/ids.ts";
import type { AuthorQuery, Slice } from "../feed/timeline/merge.ts";

/** A row of posts. A repost has its own id, and its author is the account that reposted. */
export interface ArchiveRow {
  post: PostBody;
  repostOf: PostId | null;
}

/**
 * Turns each author's rows into entries. The rows are the newest `limit` of those above `downTo`.
 * @param originalsOf reads the originals of reposts from all shards
 */
export async function archivesOf(
  queries: readonly AuthorQuery[],
  rows: readonly ArchiveRow[],
  span: { downTo: Id; limit: number },
  originalsOf: (ids: readonly PostId[]) => Promise<ReadonlyMap<PostId, PostBody>>,
): Promise<Map<UserId, Slice>> {
  const originals = await originalsOf(rows.flatMap((row) => row.repostOf ?? []));
  const byAuthor = Map.groupBy(rows, (row) => row.post.author.id);
  return new Map(
    queries.map((query) => [
      query.author,
      sliceOf(byAuthor.get(query.author) ?? [], originals, span),
    ]),
  );
}

/** An author's rows as entries. A repost whose original was deleted makes no entry. */
function sliceOf(
  rows: readonly ArchiveRow[],
  originals: ReadonlyMap<PostId, PostBody>,
  span: { downTo: Id; limit: number },
): Slice {
  const sorted = [...rows].sort((a, b) => newestFirst(a.post, b.post));
  const entries = sorted.flatMap(({ post, repostOf }): Entry[] => {
    if (repostOf === null) return [{ id: post.id, by: null, post }];
    const original = originals.get(repostOf);
    return original === undefined ? [] : [{ id: post.id, by: post.author, post: original }];
  });
  const last = sorted.at(-1);
  const cut = sorted.length >= span.limit && last !== undefined;
  return { entries, horizon: cut ? last.post.id : span.downTo };
}
