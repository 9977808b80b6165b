/** Measures of the quality of predictions and orders. */

/** A figure and its 95 % interval over viewers. */
export interface Figure {
  value: number;
  low: number;
  high: number;
}

/**
 * Normalized discounted cumulative gain of the first `k` (Järvelin and Kekäläinen, 2002): the gains of
 * an order, each divided by log2(2 + place), over those of the best order. Null without any gain.
 */
export function ndcg(gains: readonly number[], k: number): number | null {
  const best = discounted(
    gains.toSorted((a, b) => b - a),
    k,
  );
  return best > 0 ? discounted(gains, k) / best : null;
}

function discounted(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, place) => sum + gain / Math.log2(2 + place), 0);
}

/** Predictions of one head with their outcomes, sorted once so that many weightings are cheap. */
export interface Predictions {
  predicted: Float32Array;
  happened: Uint8Array;
  viewers: Uint32Array;
  /** Rows by prediction, lowest first. */
  order: Uint32Array;
}

/** @param viewers the number of each row's viewer */
export function predictionsOf(
  predicted: Float32Array,
  happened: Uint8Array,
  viewers: Uint32Array,
): Predictions {
  const order = Uint32Array.from(predicted, (_, row) => row);
  order.sort((a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0));
  return { predicted, happened, viewers, order };
}

/**
 * AUC: the probability that an item with the action has a higher prediction than one without; a tie
 * counts half. A viewer counts `times` times. Null if all items or none have the action.
 */
export function auc(
  { predicted, happened, viewers, order }: Predictions,
  times: ArrayLike<number>,
): number | null {
  let [below, won, positive] = [0, 0, 0];
  for (let from = 0; from < order.length;) {
    const value = predicted[order[from] ?? 0];
    let [tiedPositive, tiedNegative] = [0, 0];
    let at = from;
    for (; at < order.length && predicted[order[at] ?? 0] === value; at++) {
      const row = order[at] ?? 0;
      const weight = times[viewers[row] ?? 0] ?? 0;
      if (happened[row] === 1) tiedPositive += weight;
      else tiedNegative += weight;
    }
    won += tiedPositive * (below + tiedNegative / 2);
    positive += tiedPositive;
    below += tiedNegative;
    from = at;
  }
  return positive > 0 && below > 0 ? won / (positive * below) : null;
}

const SMALLEST = 1e-7;

/** Log loss of one prediction. */
export function logLoss(predicted: number, happened: boolean): number {
  const chance = Math.min(1 - SMALLEST, Math.max(SMALLEST, predicted));
  return -Math.log(happened ? chance : 1 - chance);
}

/**
 * Expected calibration error: the mean distance between predicted and observed frequency, over `bins` of
 * equally many predictions.
 */
export function calibrationError({ predicted, happened, order }: Predictions, bins = 10): number {
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.floor((bin * order.length) / bins);
    const to = Math.floor(((bin + 1) * order.length) / bins);
    let off = 0;
    for (let at = from; at < to; at++) {
      const row = order[at] ?? 0;
      off += (predicted[row] ?? 0) - (happened[row] ?? 0);
    }
    error += Math.abs(off) / Math.max(1, order.length);
  }
  return error;
}
