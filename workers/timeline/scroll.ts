/**
 * A scroll in the order of time: sources → merge → filter. The warm timeline answers down to its
 * floor; below it the archive does, with the same filter, so that a scroll ends at the beginning of
 * history and nowhere before.
 */
import { showOnce } from "../../feed/timeline/filter.ts";
import { BEGINNING, type Id, type PostId } from "../../feed/ids.ts";
import { PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { openArchive, type ReadArchive } from "./archive.ts";
import { readRecent, type ReadContext, type RecentSlice } from "./recent-source.ts";

/** Which part of a scroll is wanted. */
export interface ScrollRange {
  /** Start of the range that counts as already shown; null if `skip` lists everything shown. */
  assumeShownFrom: Id | null;
  /** Entries below this id; null from the top. */
  below: Id | null;
  /** At least so many, if there are so many. */
  want: number;
  /** Originals that have been shown. */
  skip: readonly PostId[];
}

/** Entries found so far, complete down to a horizon. */
export type Found = Omit<RecentSlice, "floor">;

/**
 * Reads a range of a scroll. Only entries that earlier rounds returned count as shown: sources may
 * answer differently between rounds, and an entry that a round left out has not been shown.
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function readScroll(deps: Deps, ask: ReadContext, range: ScrollRange): Promise<Found> {
  const { assumeShownFrom, below: from, want, skip } = range;
  const first = { top: assumeShownFrom ?? from, below: from, limit: want, skip };
  const warm = await readRecent(deps, ask, first);
  const shown = new Set(skip);
  let found: Found = {
    ...warm,
    entries: showOnce(warm.entries, shown),
    horizon: lowest(from, warm.horizon),
  };
  let archive: ReadArchive | null = null;
  // Filters may empty what was read, and a source end before the page is full.
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = want - found.entries.length;
    if (missing <= 0 || found.horizon === BEGINNING) break;
    const below = found.horizon;
    const top = assumeShownFrom ?? below;
    if (below > warm.floor) {
      const next = { top, below, limit: missing, skip: [...shown] };
      const more = await readRecent(deps, ask, next);
      found = joined(found, { ...more, entries: showOnce(more.entries, shown) });
    } else {
      archive ??= await openArchive(deps, ask);
      const read = archive;
      const older = await ask.stages.time("store", () => read({ top, below, want: missing }));
      const entries = [...found.entries, ...showOnce(older.entries, shown)];
      found = { ...found, entries, horizon: older.horizon };
    }
  }
  return found;
}

/** A slice continued by the one below it. */
function joined(above: Found, below: RecentSlice): Found {
  return {
    entries: [...above.entries, ...below.entries],
    horizon: below.horizon,
    viewerOf: { ...above.viewerOf, ...below.viewerOf },
    unknown: [...above.unknown, ...below.unknown],
    partial: above.partial || below.partial,
    watched: below.watched,
  };
}

function lowest(below: Id | null, horizon: Id): Id {
  return below !== null && below < horizon ? below : horizon;
}
