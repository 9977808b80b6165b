/**
 * A scroll in the order of time: sources → merge → filter. The warm timeline answers down to its
 * floor; below it the archive does, with the same filter, so that a scroll ends at the beginning of
 * history and nowhere before.
 */
import { BEGINNING, type Id, idCeiling, type PostId } from "../../feed/ids.ts";
import { PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { openArchive, type ReadArchive } from "./archive.ts";
import { readWarm, type WarmAsk, type WarmSlice } from "./warm.ts";

/** Which part of a scroll is wanted. */
export interface Stretch {
  /** Where the scroll began; null for one that begins now. */
  top: Id | null;
  /** Entries below this id; null from the top. */
  below: Id | null;
  /** At least so many, if there are so many. */
  want: number;
  /** Originals that have been shown in another order. */
  skip: readonly PostId[];
}

/** Entries found so far, complete down to a horizon. */
export type Found = Omit<WarmSlice, "floor">;

/** Reads a stretch of a scroll. @throws ObjectUnavailable, StoreUnavailable */
export async function readScroll(deps: Deps, ask: WarmAsk, stretch: Stretch): Promise<Found> {
  const { top, below: from, want, skip } = stretch;
  const skipped = new Set(skip);
  const warm = await readWarm(deps, ask, { top, below: from, limit: want, skip });
  let found: Found = { ...warm, horizon: lowest(from, warm.horizon) };
  let archive: ReadArchive | null = null;
  // Filters may empty what was read, and a source end before the page is full.
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = want - found.entries.length;
    if (missing <= 0 || found.horizon === BEGINNING) break;
    const below = found.horizon;
    if (below > warm.floor) {
      const began = top ?? found.entries[0]?.id ?? idCeiling(deps.nowMs());
      const more = await readWarm(deps, ask, { top: began, below, limit: missing, skip });
      found = joined(found, more);
    } else {
      const { viewer, hint } = ask;
      archive ??= await openArchive(deps, { viewer, hint, top: top ?? idCeiling(deps.nowMs()) });
      const read = archive;
      const older = await ask.stages.time("store", () => read(below, missing));
      const entries = older.entries.filter((entry) => !skipped.has(entry.post.id));
      found = { ...found, entries: [...found.entries, ...entries], horizon: older.horizon };
    }
  }
  return found;
}

/** A slice continued by the one below it. */
function joined(above: Found, below: WarmSlice): Found {
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
