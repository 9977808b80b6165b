/**
 * A histogram of milliseconds in buckets that grow by a fixed factor, so that a few dozen numbers say
 * any quantile to a known relative error, and the histograms of many isolates add up exactly. Four
 * buckets to each doubling: the scale that Prometheus calls schema 2.
 */
import { HISTOGRAM_MAX_MS } from "../limits.ts";

/** Buckets to each doubling of the time. */
const BUCKETS_PER_DOUBLING = 4;
/** What lies at or below this is all one to a histogram: clocks at the edge have steps of 1 ms. */
const FLOOR_MS = 1;
const LAST_BUCKET = bucketOf(HISTOGRAM_MAX_MS);
/** How far a quantile above the floor may be off, as a part of itself: half a bucket's width. */
export const QUANTILE_ERROR = 2 ** (1 / (2 * BUCKETS_PER_DOUBLING)) - 1;

/** How often something took how long. Times and sums are in milliseconds. */
export interface Histogram {
  count: number;
  sumMs: number;
  /** Counts by bucket; those that are empty are left out. */
  buckets: Record<number, number>;
}

/** A histogram of nothing. */
export function emptyHistogram(): Histogram {
  return { count: 0, sumMs: 0, buckets: {} };
}

/** Notes a time, `times` over. What clocks of two machines make negative counts as nothing. */
export function note(histogram: Histogram, tookMs: number, times = 1): void {
  const ms = Math.max(0, tookMs);
  const bucket = Math.min(LAST_BUCKET, bucketOf(ms));
  histogram.count += times;
  histogram.sumMs += ms * times;
  histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + times;
}

/** Adds `more` to a histogram, `sign` times: -1 takes away what was there at an earlier time. */
export function addTo(histogram: Histogram, more: Histogram, sign: 1 | -1 = 1): void {
  histogram.count += sign * more.count;
  histogram.sumMs += sign * more.sumMs;
  for (const [bucket, count] of Object.entries(more.buckets)) {
    const now = (histogram.buckets[Number(bucket)] ?? 0) + sign * count;
    if (now === 0) delete histogram.buckets[Number(bucket)];
    else histogram.buckets[Number(bucket)] = now;
  }
}

/**
 * The time that a part `q` (0..1) of what was noted did not exceed, to `QUANTILE_ERROR`; below the
 * floor it is 0, and above `HISTOGRAM_MAX_MS` it is about that. Null if nothing was noted.
 */
export function quantile(histogram: Histogram, q: number): number | null {
  const rank = Math.max(1, Math.ceil(q * histogram.count));
  let seen = 0;
  for (const [bucket, count] of inOrder(histogram)) {
    seen += count;
    if (seen >= rank) return bucket === 0 ? 0 : middleOf(bucket);
  }
  return null;
}

/** How many were at or below each doubling of the floor up to the highest: Prometheus' buckets. */
export function cumulative(histogram: Histogram): { upToMs: number; count: number }[] {
  const doublings = Math.ceil(LAST_BUCKET / BUCKETS_PER_DOUBLING);
  const steps = Array.from({ length: doublings }, (_, n) => ({
    upToMs: FLOOR_MS * 2 ** n,
    count: 0,
  }));
  for (const [bucket, count] of inOrder(histogram)) {
    for (const step of steps.slice(Math.ceil(bucket / BUCKETS_PER_DOUBLING))) step.count += count;
  }
  return steps;
}

function inOrder(histogram: Histogram): [number, number][] {
  return Object.entries(histogram.buckets)
    .map(([bucket, count]): [number, number] => [Number(bucket), count])
    .sort(([a], [b]) => a - b);
}

/** Bucket n holds what is above `2^((n-1)/4)` ms and at most `2^(n/4)`. */
function bucketOf(ms: number): number {
  if (ms <= FLOOR_MS) return 0;
  // A bound itself must not slip into the next bucket by a rounding error.
  return Math.ceil(Math.log2(ms / FLOOR_MS) * BUCKETS_PER_DOUBLING - 1e-9);
}

function middleOf(bucket: number): number {
  return FLOOR_MS * 2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING);
}
