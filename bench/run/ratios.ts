/**
 * Ratios of a row to a floor. A round measures both within a fraction of a second, so that whatever else
 * the machine does slows both, and their ratio stays. The mean of the middle half of the rounds ignores
 * those in which it slowed only one, and is steadier than their median.
 */

/** The mean of the middle half of the rounds' ratios, and the quartiles, which say how far rounds differ. */
export interface Ratio {
  middle: number;
  lower: number;
  upper: number;
}

/**
 * The ratio of two rates, measured in the same rounds; 1 is as fast as the floor.
 * @param rates of the row, by round @param floors of the floor, by round
 */
export function ratioOf(rates: readonly number[], floors: readonly number[]): Ratio {
  if (rates.length !== floors.length) throw new Error("a round lacks its row or its floor");
  const ratios = rates.map((rate, round) => rate / (floors[round] ?? Number.NaN));
  return {
    middle: middleOf(ratios),
    lower: quantile(ratios, 0.25),
    upper: quantile(ratios, 0.75),
  };
}

/** The mean of the middle half of some values. @throws Error without values */
export function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  const kept = sorted.slice(cut, sorted.length - cut);
  if (kept.length === 0) throw new Error("no values");
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** A quantile of some values, interpolated between the two nearest. @throws Error without values */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new Error("no values");
  return below + (above - below) * (at - Math.floor(at));
}
