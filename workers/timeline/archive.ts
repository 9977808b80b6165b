/**
 * Source: the store, for what is below the warm timeline. It reads the entries of the viewer and of
 * everyone they follow, filters them as the warm timeline does, and shows each original at its newest
 * occurrence.
 */
import { entrySeenBy } from "../../feed/timeline/parents.ts";
import { belongs } from "../../feed/timeline/filter.ts";
import { BEGINNING, type Id, idAfter, type UserId } from "../../feed/ids.ts";
import {
  ARCHIVE_ORIGINAL_MAX_ROWS,
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
  let isFirst = true;
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
    const visible = older.entries
      .filter((entry) => belongs(entry, viewer))
      .map((entry) => entrySeenBy(entry, viewer));
    const newestReposts = (entries: readonly Entry[], maxRows: number) =>
      deps.store.reactions.newestReposts(
        entries.map((entry) => entry.post),
        authors,
        { top, maxRows },
      );
    let known = visible;
    let { newest, unread } = await newestReposts(known, repostRows);
    if (isFirst && unread.has(known[0]?.post.id ?? "")) {
      // Each page shows one more at least, so this one may cost a page's rows.
      known = visible.slice(0, 1);
      ({ newest, unread } = await newestReposts(known, ARCHIVE_ORIGINAL_MAX_ROWS));
    }
    const partial = isFirst && unread.has(known[0]?.post.id ?? "");
    const end = known.findIndex((entry, n) => unread.has(entry.post.id) && !(partial && n === 0));
    if (end >= 0) known = known.slice(0, end);
    isFirst = false;
    const entries = known.filter((entry) => entry.id >= (newest.get(entry.post.id) ?? entry.id));
    const next = visible[known.length];
    if (next === undefined) return { entries, horizon: older.horizon, partial };
    // Whether the next one shows again above is not known: the next page begins with it.
    readsLeft = 0;
    return { entries, horizon: idAfter(next.id), partial };
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
