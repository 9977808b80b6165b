/**
 * One page of the `latest` timeline: sources → merge → filter → page. The hot window answers down
 * to its horizon; below it the store does, with the same filter, so that a scroll ends at the
 * beginning of history and nowhere before.
 */
import type { Entry } from "../../feed/entry.ts";
import { belongs, showOnce } from "../../feed/filter.ts";
import { BEGINNING, type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import { PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/merge.ts";
import { presentEntry } from "../../feed/present.ts";
import type { ScrollPosition } from "../../feed/cursor.ts";
import type { TimelineItem } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import type { Stages } from "../stages.ts";
import { readFollowees, readHot } from "./hot.ts";

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
}

/** Reads a page of `latest`. @throws HomeUnavailable, StoreUnavailable */
export async function latestPage(deps: Deps, ask: PageAsk): Promise<TimelinePage> {
  const { viewer, limit, stages } = ask;
  const window = { top: ask.position?.top ?? null, below: ask.position?.below ?? null };
  // One entry more than the page holds tells whether there is a next page.
  const hot = await stages.time("home", () =>
    readHot(deps, viewer, { ...window, limit: limit + 1 }, ask.hint),
  );
  const found =
    hot.entries.length > limit || hot.horizon === BEGINNING
      ? hot
      : await stages.time("store", () => readOn(deps, ask, hot));
  const shown = found.entries.slice(0, limit);
  const counts = await stages.time("counts", () =>
    deps.counts.read(shown.map((entry) => entry.post.id)),
  );
  const top = window.top ?? topOf(deps, shown);
  return {
    items: shown.map((entry) => presentEntry(entry, viewer, counts.get(entry.post.id))),
    next: nextOf(found, shown, top, limit),
  };
}

/** Where a scroll that begins now begins: nothing that is there already lies above it. */
function topOf(deps: Deps, shown: readonly Entry[]): Id {
  const now = idCeiling(deps.nowMs());
  const newest = shown[0]?.id ?? now;
  return newest > now ? newest : now;
}

function nextOf(
  found: Slice,
  shown: readonly Entry[],
  top: Id,
  limit: number,
): ScrollPosition | null {
  const last = shown.at(-1);
  if (found.entries.length > limit && last !== undefined) return { top, below: last.id };
  return found.horizon === BEGINNING ? null : { top, below: found.horizon };
}

/** Continues a slice of the hot window below its horizon, from the store. */
async function readOn(deps: Deps, ask: PageAsk, hot: Slice): Promise<Slice> {
  const followees = await readFollowees(deps, ask.viewer, ask.hint);
  const followed = new Set(followees);
  const viewer = { id: ask.viewer, follows: (user: UserId) => followed.has(user) };
  const shown = new Set(hot.entries.map((entry) => entry.post.id));
  const below = ask.position?.below ?? null;
  let found: Slice = {
    entries: hot.entries,
    horizon: below !== null && below < hot.horizon ? below : hot.horizon,
  };
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = ask.limit + 1 - found.entries.length;
    if (missing <= 0 || found.horizon === BEGINNING) break;
    const span = { below: found.horizon, downTo: BEGINNING, want: missing };
    const older = await newestOfAuthors([ask.viewer, ...followees], span, (asks, some) =>
      deps.store.posts.byAuthors(asks, some),
    );
    const kept = showOnce(
      older.entries.filter((entry) => belongs(entry, viewer)),
      shown,
    );
    found = { entries: [...found.entries, ...kept], horizon: older.horizon };
  }
  return found;
}
