/**
 * One page of the `latest` timeline: sources → merge → filter → page. The warm timeline answers down
 * to its floor; below it the archive does, with the same filter, so that a scroll ends at the
 * beginning of history and nowhere before.
 */
import type { Entry } from "../../feed/entry.ts";
import { BEGINNING, type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import { PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import { presentEntry } from "../../feed/present.ts";
import type { ScrollPosition } from "../../feed/cursor.ts";
import type { TimelineItem } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import type { Stages } from "../stages.ts";
import { openArchive, type ReadArchive } from "./archive.ts";
import { knownOfPage } from "./known-of-page.ts";
import { readWarm, type WarmSlice } from "./warm.ts";

/** What a page needs to know of its request. */
export interface PageAsk {
  viewer: UserId;
  /** Null for the first page. */
  position: ScrollPosition | null;
  limit: number;
  hint: DurableObjectLocationHint | null;
  stages: Stages;
}

/** A page, and where the next one begins; null at the beginning of history. */
export interface TimelinePage {
  items: TimelineItem[];
  next: ScrollPosition | null;
  /** Whether a source did not answer in time. */
  partial: boolean;
}

/** Entries found so far, complete down to a horizon. */
type Found = Omit<WarmSlice, "floor">;

/** Reads a page of `latest`. @throws ObjectUnavailable, StoreUnavailable */
export async function latestPage(deps: Deps, ask: PageAsk): Promise<TimelinePage> {
  const { viewer, limit, stages } = ask;
  const found = await findEntries(deps, ask);
  const shown = found.entries.slice(0, limit);
  const known = await stages.time("counts", () => knownOfPage(deps, viewer, found, shown));
  const top = ask.position?.top ?? topOf(deps, shown);
  return {
    items: shown.map((entry) => presentEntry(entry, viewer, known.get(entry.post.id))),
    next: nextOf(found, shown, top, limit),
    partial: found.partial,
  };
}

/** Enough entries to fill a page, and one more, which tells whether there is a next page. */
async function findEntries(deps: Deps, ask: PageAsk): Promise<Found> {
  const want = ask.limit + 1;
  const window = { top: ask.position?.top ?? null, below: ask.position?.below ?? null };
  const warm = await readWarm(deps, ask, { ...window, limit: want });
  let found: Found = { ...warm, horizon: lowest(window.below, warm.horizon) };
  let archive: ReadArchive | null = null;
  // Filters may empty what was read, and a source end before the page is full.
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = want - found.entries.length;
    if (missing <= 0 || found.horizon === BEGINNING) break;
    const below = found.horizon;
    if (below > warm.floor) {
      const top = window.top ?? found.entries[0]?.id ?? idCeiling(deps.nowMs());
      const more = await readWarm(deps, ask, { top, below, limit: missing });
      found = joined(found, more);
    } else {
      archive ??= await openArchive(deps, { ...ask, top: window.top ?? idCeiling(deps.nowMs()) });
      const read = archive;
      const older = await ask.stages.time("store", () => read(below, missing));
      found = { ...found, entries: [...found.entries, ...older.entries], horizon: older.horizon };
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

/**
 * Where a scroll that begins now begins: at the newest entry shown, for what comes in above it from
 * now on, made earlier and delivered late, was not shown either and must hide nothing.
 */
function topOf(deps: Deps, shown: readonly Entry[]): Id {
  return shown[0]?.id ?? idCeiling(deps.nowMs());
}

function nextOf(
  found: Found,
  shown: readonly Entry[],
  top: Id,
  limit: number,
): ScrollPosition | null {
  const last = shown.at(-1);
  if (found.entries.length > limit && last !== undefined) return { top, below: last.id };
  return found.horizon === BEGINNING ? null : { top, below: found.horizon };
}
