/**
 * The first-stage ranker: a cheap order of all entries of a timeline, from facts that the timeline
 * itself has. It selects the candidates for the model, and needs neither counts nor a model.
 */
import { idTimeMs } from "../ids.ts";
import { FIRST_STAGE_HALF_LIFE_MS, DWELLED_MIN_MS } from "../limits.ts";
import { faded, NO_ENGAGEMENT } from "./engagement.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import { PUBLISHED_WEIGHTS } from "./heads.ts";
import { NO_STEERING, type Steering, tasteFactors } from "./steering.ts";
import { partRates, type Rates, viewerRates } from "./rates.ts";

/** The facts of an item that the first-stage ranker uses. */
export type FirstStageItem = Pick<ItemFacts, "entry" | "author" | "by" | "toViewer" | "seen">;

/** The factor for each earlier impression of a post. */
const SEEN_SHARE = 0.5;
/** The factor for a reply to the viewer. */
const TO_VIEWER = 3;

/**
 * The score of each item, above 0: the viewer's usual actions on posts of its author (or of its
 * reposter, if that is more), at the published weights, halved every 12 hours and for each earlier
 * impression. The viewer's sliders are exponents: at 0 age or engagement does not count.
 */
export function firstStageScores(
  viewer: Pick<ViewerFacts, "overall" | "authors">,
  items: readonly FirstStageItem[],
  nowMs: number,
  { sliders, tastes }: Steering = NO_STEERING,
): Float64Array {
  const usual = viewerRates(faded(viewer.overall, nowMs));
  const factors = tasteFactors(tastes);
  const worths = new Map<string, number>();
  const worthOf = (author: string) => {
    const before = worths.get(author);
    if (before !== undefined) return before;
    const engagement = viewer.authors[author] ?? NO_ENGAGEMENT;
    const known = worthOfRates(partRates(faded(engagement, nowMs), usual));
    const worth = known ** sliders.close * (factors.get(author) ?? 1);
    worths.set(author, worth);
    return worth;
  };
  return Float64Array.from(items, (item) => {
    const ageMs = Math.max(0, nowMs - idTimeMs(item.entry));
    const worth = Math.max(worthOf(item.author), item.by === null ? 0 : worthOf(item.by));
    const times = item.seen?.times ?? 0;
    const news = times === 0 ? 1 : SEEN_SHARE ** Math.min(times, 10);
    return (
      worth *
      2 ** ((-ageMs * sliders.fresh) / FIRST_STAGE_HALF_LIFE_MS) *
      news *
      (item.toViewer ? TO_VIEWER : 1)
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
