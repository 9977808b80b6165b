/**
 * The first of two stages: a cheap order of everything a timeline holds, from what the timeline itself
 * knows, to choose what the model is asked about. It needs neither counts nor a model.
 */
import { idTimeMs } from "../ids.ts";
import { FIRST_STAGE_HALF_LIFE_MS, DWELLED_MIN_MS } from "../limits.ts";
import { faded, NO_ENGAGEMENT } from "./engagement.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import { PUBLISHED_WEIGHTS } from "./heads.ts";
import { partRates, type Rates, viewerRates } from "./rates.ts";

/** The facts of an item that the light stage looks at. */
export type FirstStageItem = Pick<ItemFacts, "entry" | "author" | "by" | "toViewer" | "seen">;

/** Each time a post was on screen before halves what it is worth. */
const SEEN_SHARE = 0.5;
/** What a reply to the viewer is worth beside others. */
const TO_VIEWER = 3;

/**
 * What each item is worth, above 0: what the viewer usually does with posts of its author (or of who
 * reposted it, if that is more), at the published weights; halved every 12 hours, and for each time it
 * was seen.
 */
export function firstStageScores(
  viewer: Pick<ViewerFacts, "overall" | "authors">,
  items: readonly FirstStageItem[],
  nowMs: number,
): Float64Array {
  const usual = viewerRates(faded(viewer.overall, nowMs));
  const worths = new Map<string, number>();
  const worthOf = (author: string) => {
    const known = worths.get(author);
    if (known !== undefined) return known;
    const engagement = viewer.authors[author] ?? NO_ENGAGEMENT;
    const worth = worthOfRates(partRates(faded(engagement, nowMs), usual));
    worths.set(author, worth);
    return worth;
  };
  return Float64Array.from(items, (item) => {
    const ageMs = Math.max(0, nowMs - idTimeMs(item.entry));
    const worth = Math.max(worthOf(item.author), item.by === null ? 0 : worthOf(item.by));
    const news = SEEN_SHARE ** Math.min(item.seen?.times ?? 0, 10);
    return (
      worth * 2 ** (-ageMs / FIRST_STAGE_HALF_LIFE_MS) * news * (item.toViewer ? TO_VIEWER : 1)
    );
  });
}

function worthOfRates(rates: Rates): number {
  const dwell = Math.min(1, (rates.dwellS * 1000) / DWELLED_MIN_MS);
  return (
    rates.like * PUBLISHED_WEIGHTS.like +
    rates.repost * PUBLISHED_WEIGHTS.repost +
    rates.reply * PUBLISHED_WEIGHTS.reply +
    rates.open * PUBLISHED_WEIGHTS.open +
    dwell * PUBLISHED_WEIGHTS.dwell
  );
}
