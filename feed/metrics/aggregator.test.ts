import { describe, expect, it } from "vitest";
import { countIn, noSums, type Sums } from "./figures.ts";
import { Aggregator } from "./aggregator.ts";
import { FIGURES_EVERY_MAX_MS, FIGURES_EVERY_MS, AGGREGATOR_CALLS_PER_S } from "../limits.ts";

const one: Sums = { counters: { posts: 1 }, timings: {} };

/** Calls in the last of many pauses, if so many isolates call after every pause. */
function callsPerS(isolates: number): number {
  const aggregator = new Aggregator(0);
  const nextMs = Array.from({ length: isolates }, (_, n) => (n * 997) % FIGURES_EVERY_MS);
  const endMs = 5 * FIGURES_EVERY_MAX_MS;
  let calls = 0;
  for (let nowMs = 0; nowMs < endMs; nowMs += 10) {
    for (const [n, dueMs] of nextMs.entries()) {
      if (dueMs > nowMs) continue;
      nextMs[n] = nowMs + aggregator.add(one, nowMs);
      if (nowMs >= endMs - FIGURES_EVERY_MAX_MS) calls++;
    }
  }
  return (calls * 1000) / FIGURES_EVERY_MAX_MS;
}

describe("a ledger", () => {
  it("lets few isolates report every second", () => {
    expect(callsPerS(3)).toBeCloseTo((3 * 1000) / FIGURES_EVERY_MS, 0);
  });

  it("lets many isolates report so rarely that their calls stay below its rate", () => {
    for (const isolates of [200, 700, 1_500]) {
      expect(callsPerS(isolates), `${isolates} isolates`).toBeLessThan(2 * AGGREGATOR_CALLS_PER_S);
      // But not so rarely that the figures are old.
      expect(callsPerS(isolates), `${isolates} isolates`).toBeGreaterThan(
        AGGREGATOR_CALLS_PER_S / 4,
      );
    }
  });

  it("returns everything that was added since its start", () => {
    const aggregator = new Aggregator(7);
    for (let n = 0; n < 5; n++) aggregator.add(one, n);
    expect(aggregator.read()).toEqual({
      sinceMs: 7,
      sums: { counters: { posts: 5 }, timings: {} },
    });
  });

  it("publishes each sum once", () => {
    const aggregator = new Aggregator(0);
    expect(aggregator.unpublished()).toBeNull();
    const more = noSums();
    countIn(more, "posts", 3);
    aggregator.add(more, 0);
    expect(aggregator.unpublished()?.counters).toEqual({ posts: 3 });
    expect(aggregator.unpublished()).toBeNull();
    aggregator.add(more, 1);
    expect(aggregator.unpublished()?.counters["posts"]).toBe(3);
    expect(aggregator.read().sums.counters["posts"]).toBe(6);
  });
});
