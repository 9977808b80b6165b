import { describe, expect, it } from "vitest";
import { randomFrom } from "../demo/random.ts";
import { atTheirTimes, poisson } from "./arrivals.ts";

describe("poisson", () => {
  it("gives as many arrivals as the rate says, in order, with exponential gaps", () => {
    const times = poisson(200, 100, randomFrom(1));
    expect(times.length / 100).toBeGreaterThan(190);
    expect(times.length / 100).toBeLessThan(210);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
    // Of exponential gaps, 1/e are longer than the mean.
    const long = gaps.filter((gap) => gap > 5).length / gaps.length;
    expect(long).toBeGreaterThan(0.35);
    expect(long).toBeLessThan(0.385);
  });
});

describe("atTheirTimes", () => {
  it("begins every operation without waiting for an earlier one", async () => {
    const begun: number[] = [];
    const arrivals = [0, 1, 2, 3].map((atMs) => ({ atMs }));
    await atTheirTimes(
      arrivals,
      ({ atMs }) => {
        begun.push(atMs);
        // This one never ends.
        void new Promise(() => undefined);
      },
      () => false,
    );
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("stops when it is told to", async () => {
    let begun = 0;
    await atTheirTimes(
      [{ atMs: 0 }, { atMs: 1 }],
      () => begun++,
      () => begun > 0,
    );
    expect(begun).toBe(1);
  });
});
