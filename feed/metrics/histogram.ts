/**
 * A histogram of milliseconds, in buckets that grow by a fixed factor. A few dozen numbers give any
 * quantile to a known relative error, and the histograms of many isolates add up exactly. It has four
 * buckets per doubling, which Prometheus calls schema 2.
 */
import { HISTOGRAM_MAX_MS } from "../limits.ts";

/** Buckets per doubling of the time. */
const BUCKETS_PER_DOUBLING = 4;
/** Times up to this share the first bucket, because clocks at the edge have steps of 1 ms. */
const FLOOR_MS = 1;
const LAST_BUCKET = bucketOf(HISTOGRAM_MAX_MS);
/** The largest relative error of a quantile above the floor: half a bucket's width. */
export const QUANTILE_ERROR = 2 ** (1 / (2 * BUCKETS_PER_DOUBLING)) - 1;

/** A histogram of times. Times and sums are in milliseconds. */
export interface Histogram {
  count: number;
  sumMs: number;
  /** Counts by bucket, without empty ones. */
  buckets: Record<number, number>;
}

/** An empty histogram. */
export function emptyHistogram(): Histogram {
  return { count: 0, sumMs: 0, buckets: {} };
}

/** Adds a time, `times` times. A negative time, from the clocks of two machines, counts as 0. */
export function note(histogram: Histogram, tookMs: number, times = 1): void {
  const ms = Math.max(0, tookMs);
  const bucket = Math.min(LAST_BUCKET, bucketOf(ms));
  histogram.count += times;
  histogram.sumMs += ms * times;
  histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + times;
}

/** Adds `more` to a histogram, `sign` times; -1 subtracts an earlier state. */
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
 * The quantile `q` (0..1) of the times, to `QUANTILE_ERROR`. It is 0 below the floor, and about
 * `HISTOGRAM_MAX_MS` above that. Null for an empty histogram.
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

/** The number of times at or below each doubling of the floor: Prometheus' buckets. */
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

/** Bucket n holds times above `2^((n-1)/4)` ms and up to `2^(n/4)` ms. */
function bucketOf(ms: number): number {
  if (ms <= FLOOR_MS) return 0;
  // A rounding error must not move a bound into the next bucket.
  return Math.ceil(Math.log2(ms / FLOOR_MS) * BUCKETS_PER_DOUBLING - 1e-9);
}

function middleOf(bucket: number): number {
  return FLOOR_MS * 2 ** ((bucket - 0.5) / BUCKETS_PER_DOUBLING);
}
