/**
 * Intervals by resampling viewers (Efron's percentile bootstrap). One viewer's actions are not
 * independent, so it draws viewers with all their pages, and not pages or items.
 */
import { randomOf } from "./simulator/draws.ts";
import type { Figure } from "./metrics.ts";

/** How an interval is drawn. */
export interface Resampling {
  seed: number;
  /** Resamples. */
  rounds: number;
}

const SHARE_CUT = 0.025;

/**
 * A statistic and its 95 % interval.
 * @param statistic computes the value with each viewer counted `times` times; null where undefined
 */
export function bootstrap(
  viewers: number,
  statistic: (times: ArrayLike<number>) => number | null,
  { seed, rounds }: Resampling,
): Figure | null {
  const value = statistic(new Float64Array(viewers).fill(1));
  if (value === null) return null;
  const random = randomOf(seed, 20);
  const drawn: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const times = new Float64Array(viewers);
    for (let n = 0; n < viewers; n++) {
      const viewer = random.below(viewers);
      times[viewer] = (times[viewer] ?? 0) + 1;
    }
    const again = statistic(times);
    if (again !== null) drawn.push(again);
  }
  drawn.sort((a, b) => a - b);
  const at = (share: number) =>
    drawn[Math.min(drawn.length - 1, Math.floor(share * drawn.length))] ?? value;
  return { value, low: at(SHARE_CUT), high: at(1 - SHARE_CUT) };
}

/** The weighted mean of one number per viewer. */
export function meanOf(values: readonly number[], times: ArrayLike<number>): number | null {
  let [sum, weight] = [0, 0];
  values.forEach((value, viewer) => {
    sum += value * (times[viewer] ?? 0);
    weight += times[viewer] ?? 0;
  });
  return weight > 0 ? sum / weight : null;
}
