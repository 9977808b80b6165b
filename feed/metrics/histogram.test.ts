import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addTo,
  cumulative,
  emptyHistogram,
  type Histogram,
  note,
  quantile,
  QUANTILE_ERROR,
} from "./histogram.ts";
import { HISTOGRAM_MAX_MS } from "../limits.ts";

/** Realistic times: many short ones, and a few very long ones. */
const time = fc.oneof(
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.double({ min: 0, max: 300, noNaN: true }),
  fc.double({ min: 0, max: HISTOGRAM_MAX_MS, noNaN: true }),
  fc.nat(5_000),
);
const times = fc.array(time, { minLength: 1, maxLength: 300 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = emptyHistogram();
  for (const value of values) note(histogram, value);
  return histogram;
}

/** The exact quantile, from the values themselves. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
}

describe("a quantile", () => {
  it("is within its stated error, for any times", () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const exact = exactQuantile(values, q);
        const estimated = quantile(histogramOf(values), q) ?? Number.NaN;
        const [least, most] =
          exact <= 1 ? [0, 0] : [exact * (1 - QUANTILE_ERROR), exact * (1 + QUANTILE_ERROR)];
        expect(estimated).toBeGreaterThanOrEqual(least * (1 - 1e-6));
        expect(estimated).toBeLessThanOrEqual(most * (1 + 1e-6));
      }),
    );
  });

  it("of an empty histogram is null", () => {
    expect(quantile(emptyHistogram(), 0.5)).toBeNull();
  });

  it("has an error below a tenth", () => {
    expect(QUANTILE_ERROR).toBeLessThan(0.1);
  });
});

describe("a histogram", () => {
  it("is the sum of two parts, and subtracting one part gives the other", () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const sum = histogramOf(some);
        addTo(sum, histogramOf(others));
        const whole = histogramOf([...some, ...others]);
        expect(sum.buckets).toEqual(whole.buckets);
        expect(sum.count).toBe(whole.count);
        expect(sum.sumMs).toBeCloseTo(whole.sumMs, 3);
        addTo(sum, histogramOf(others), -1);
        expect(sum.buckets).toEqual(histogramOf(some).buckets);
      }),
    );
  });

  it("counts for each doubling the times at or below it", () => {
    fc.assert(
      fc.property(times, (values) => {
        for (const { upToMs, count } of cumulative(histogramOf(values))) {
          expect(count).toBe(values.filter((value) => value <= upToMs).length);
        }
      }),
    );
  });

  it("has a bucket for every time, however long, and few buckets", () => {
    const histogram = histogramOf([HISTOGRAM_MAX_MS * 1_000, -5, 0, HISTOGRAM_MAX_MS]);
    expect(histogram.count).toBe(4);
    expect(Object.values(histogram.buckets).reduce((sum, n) => sum + n, 0)).toBe(4);
    expect(Math.max(...Object.keys(histogram.buckets).map(Number))).toBeLessThan(100);
    expect(histogram.sumMs).toBeGreaterThan(0);
  });

  it("puts the bound of a bucket into that bucket", () => {
    for (let doubling = 1; doubling < 20; doubling++) {
      const [step] = cumulative(histogramOf([2 ** doubling])).filter(({ count }) => count === 1);
      expect(step?.upToMs).toBe(2 ** doubling);
    }
  });
});
