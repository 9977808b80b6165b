/**
 * Source: the store, for what is below the warm timeline. It reads the entries of the viewer and of
 * everyone they follow, filters them as the warm timeline does, and shows each original at its newest
 * occurrence.
 */
import { belongs } from "../../feed/timeline/filter.ts";
import { BEGINNING, type Id, type UserId } from "../../feed/ids.ts";
import {
  ARCHIVE_PAGE_MAX_ROWS,
  ARCHIVE_READ_MAX_ROWS,
  ARCHIVE_REPOSTS_MAX_ROWS,
  ARCHIVE_WIDE_AUTHORS,
  ARCHIVE_WIDE_READS,
} from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/timeline/merge.ts";
import { type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { hiddenFrom } from "../hidden.ts";
import { readFollowees } from "./home-source.ts";
import type { ReadContext } from "./page.ts";

/** A part of the archive. */
export interface ArchiveSlice extends Slice {
  /** Whether an entry may be there whose original shows again above. */
  partial: boolean;
}

/**
 * Reads up to `want` entries below an id (exclusive); occurrences count at or below `top`. It answers null
 * once a page may read no more: a reader of thousands of authors costs a shard a bounded number of rows.
 */
export type ReadArchive = (query: {
  top: Id;
  below: Id;
  want: number;
}) => Promise<ArchiveSlice | null>;

/** A reader has read too many pages below their hot window in a while. */
export class TooManyReads extends Error {
  override readonly name = "TooManyReads";
}

/**
 * Reads whom the viewer follows, once for all reads of a page.
 * @throws TooManyReads, ObjectUnavailable, StoreUnavailable
 */
export async function openArchive(
  deps: Deps,
  { viewer: reader, hint }: Pick<ReadContext, "viewer" | "hint">,
): Promise<ReadArchive> {
  if (!(await deps.mayReadArchive(reader))) throw new TooManyReads();
  const { followees, hidden: hiddenFollowees } = await readFollowees(deps, reader, hint);
  const followed = new Set(followees);
  // A repost by somebody hidden neither shows nor hides another occurrence.
  const unseen = new Set(hiddenFollowees);
  const authors = [reader, ...followees.filter((user) => !unseen.has(user))];
  const isWide = authors.length > ARCHIVE_WIDE_AUTHORS;
  const bounds = isWide ? { maxRows: ARCHIVE_READ_MAX_ROWS } : {};
  const repostRows = isWide ? ARCHIVE_REPOSTS_MAX_ROWS : ARCHIVE_PAGE_MAX_ROWS;
  let readsLeft = isWide ? ARCHIVE_WIDE_READS : Infinity;
  return async ({ top, below, want }) => {
    if (readsLeft === 0) return null;
    const span = { below, downTo: BEGINNING, want, reads: readsLeft };
    const older = await newestOfAuthors(authors, span, (queries, limit) => {
      readsLeft--;
      return deps.store.posts.byAuthors(queries, { ...limit, ...bounds });
    });
    const hidden = await hiddenFrom(deps, reader, peopleIn(older.entries));
    const viewer = {
      id: reader,
      follows: (user: UserId) => followed.has(user),
      hides: (user: UserId) => hidden.has(user),
    };
    const visible = older.entries.filter((entry) => belongs(entry, viewer));
    const originals = visible.map((entry) => entry.post.id);
    const { newest, complete } = await deps.store.reactions.newestReposts(originals, authors, {
      top,
      maxRows: repostRows,
    });
    const entries = visible.filter((entry) => entry.id >= (newest.get(entry.post.id) ?? entry.id));
    return { entries, horizon: older.horizon, partial: !complete };
  };
}

/** Everybody whom the filter asks about: who posted, reposted and is answered. */
function peopleIn(entries: readonly Entry[]): UserId[] {
  return entries.flatMap((entry) => {
    const { author, replyTo } = entry.post;
    const answered = replyTo === null ? [] : [replyTo.author];
    return [entryAuthor(entry), author.id, ...answered];
  });
}
