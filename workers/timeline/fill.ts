/**
 * `fill`: completes a page in order of time, from the warm timeline down to its floor, and from the
 * archive below. Both use the same filter, so that a scroll ends at the beginning of history and
 * nowhere before.
 */
import { BEGINNING, type Id } from "../../feed/ids.ts";
import { ARCHIVE_READ_MAX_ENTRIES, PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import { showOnce } from "../../feed/timeline/filter.ts";
import type { Deps } from "../deps.ts";
import { openArchive, type ReadArchive } from "./archive.ts";
import type {
  FilledPage,
  PageEntries,
  PageRequest,
  ReadContext,
  ScrollRange,
  Selection,
} from "./page.ts";
import { readRecent, type RecentSlice } from "./recent-source.ts";

/**
 * Adds entries in order of time to a selection, until the page is full.
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function fill(
  deps: Deps,
  request: PageRequest,
  selected: Selection,
): Promise<FilledPage> {
  const { rest } = selected;
  const room = request.limit - selected.entries.length;
  if (rest === null) return { ...selected, next: null };
  if (room === 0 && rest.below !== null) {
    return { ...selected, next: selected.nextCursor(selected.entries, rest.below) };
  }
  // One more than fits shows whether there is a next page.
  const tail = await readScroll(deps, request, rest, room + 1);
  const added = tail.entries.slice(0, room);
  const page = join(selected, { ...tail, entries: added });
  const below = nextBelow(tail, added.at(-1)?.id, room);
  return { ...page, next: below === null ? null : selected.nextCursor(page.entries, below) };
}

/** Entries of a scroll, complete down to `horizon` (inclusive). */
interface ScrollEntries extends PageEntries {
  horizon: Id;
}

/**
 * Reads `want` entries of a scroll, or all that there are. Only entries that earlier rounds returned
 * count as shown: sources may answer differently between rounds, and an entry that a round left out
 * has not been shown.
 */
async function readScroll(
  deps: Deps,
  context: ReadContext,
  { assumeShownFrom, below: from, skip }: ScrollRange,
  want: number,
): Promise<ScrollEntries> {
  const first = { top: assumeShownFrom ?? from, below: from, limit: want, skip };
  const warm = await readRecent(deps, context, first);
  const shown = new Set(skip);
  let read: ScrollEntries = {
    ...warm,
    entries: showOnce(warm.entries, shown),
    horizon: from !== null && from < warm.horizon ? from : warm.horizon,
  };
  let archive: ReadArchive | null = null;
  // Filters may remove all that a round has read, and a source may end before the page is full.
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = want - read.entries.length;
    if (missing <= 0 || read.horizon === BEGINNING) break;
    const below = read.horizon;
    const top = assumeShownFrom ?? below;
    if (below > warm.floor) {
      const next = { top, below, limit: missing, skip: [...shown] };
      const more: RecentSlice = await readRecent(deps, context, next);
      const joined = join(read, { ...more, entries: showOnce(more.entries, shown) });
      read = { ...joined, horizon: more.horizon };
    } else {
      archive ??= await openArchive(deps, context);
      const readOlder = archive;
      // Each further read is larger, so that a page fills although most entries are filtered.
      const many = Math.min(missing * 4 ** round, ARCHIVE_READ_MAX_ENTRIES);
      const older = await context.stages.time("store", () =>
        readOlder({ top, below, want: Math.max(missing, many) }),
      );
      if (older === null) break;
      const entries = [...read.entries, ...showOnce(older.entries, shown)];
      const partial = read.partial || older.partial;
      read = { ...read, entries, horizon: older.horizon, partial };
    }
  }
  // The last wanted entry only shows whether there is a next page.
  const isShort = read.entries.length < want - 1 && read.horizon !== BEGINNING;
  return isShort ? { ...read, partial: true } : read;
}

function join(above: PageEntries, below: PageEntries): PageEntries {
  return {
    entries: [...above.entries, ...below.entries],
    viewerOf: { ...above.viewerOf, ...below.viewerOf },
    unknown: [...above.unknown, ...below.unknown],
    ownChanges: { ...above.ownChanges, ...below.ownChanges },
    partial: above.partial || below.partial,
    watched: above.watched || below.watched,
    // The earlier read has fewer changes.
    seq: above.seq === 0 ? below.seq : above.seq,
  };
}

/** The id below which the next page goes on; null at the beginning of history. */
function nextBelow(read: ScrollEntries, last: Id | undefined, room: number): Id | null {
  if (read.entries.length > room && last !== undefined) return last;
  return read.horizon === BEGINNING ? null : read.horizon;
}
