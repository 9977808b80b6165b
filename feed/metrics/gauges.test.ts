import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GAUGE_KEPT_MS, GAUGE_SERIES_MAX } from "../limits.ts";
import { addSums, gaugeIn, increase, isNothing, noSums, readKey, type Sums } from "./figures.ts";
import { type Gauges, setGauge, sumOfGauges } from "./gauges.ts";

const reading = fc.record({
  key: fc.constantFrom("a:0", "a:1"),
  value: fc.nat(9),
  atMs: fc.nat(50),
});

describe("gauges", () => {
  it("are those of the latest readings, whatever order these come in", () => {
    fc.assert(
      fc.property(fc.uniqueArray(reading, { selector: ({ atMs }) => atMs }), (readings) => {
        const [forwards, backwards]: Gauges[] = [{}, {}];
        for (const { key, ...gauge } of readings) setGauge(forwards ?? {}, key, gauge);
        for (const { key, ...gauge } of readings.toReversed())
          setGauge(backwards ?? {}, key, gauge);
        expect(forwards).toEqual(backwards);
        for (const [key, { atMs }] of Object.entries(forwards ?? {})) {
          const times = readings.filter((one) => one.key === key).map((one) => one.atMs);
          expect(atMs).toBe(Math.max(...times));
        }
      }),
    );
  });

  it("have a bounded number of series, and keep those they have up to date", () => {
    const gauges: Gauges = {};
    for (let n = 0; n < GAUGE_SERIES_MAX + 9; n++)
      setGauge(gauges, `a:${n}`, { value: 1, atMs: 1 });
    setGauge(gauges, "a:0", { value: 2, atMs: 2 });
    expect(Object.keys(gauges)).toHaveLength(GAUGE_SERIES_MAX);
    expect(gauges["a:0"]).toEqual({ value: 2, atMs: 2 });
  });

  it("add up to null while a series has no reading, or an old one", () => {
    const here = { "a:0": { value: 3, atMs: 100 } };
    const there = { "a:0": { value: 4, atMs: 200 }, "a:1": { value: 5, atMs: 100 } };
    const keys = ["a:0", "a:1"];
    expect(sumOfGauges([here], keys, 200)).toBeNull();
    expect(sumOfGauges([here, there], keys, 200)).toBe(9);
    expect(sumOfGauges([there, here], keys, 99 + GAUGE_KEPT_MS)).toBe(9);
    expect(sumOfGauges([there, here], keys, 100 + GAUGE_KEPT_MS)).toBeNull();
  });
});

describe("sums with gauges", () => {
  it("keep the later reading, and differ in no gauge", () => {
    const sums = noSums();
    gaugeIn(sums, "outbox_rows:0", 7, 2);
    expect(isNothing(sums)).toBe(false);
    const more = noSums();
    gaugeIn(more, "outbox_rows:0", 6, 1);
    gaugeIn(more, "outbox_rows:1", 5, 1);
    addSums(sums, more);
    expect(sums.gauges).toEqual({
      "outbox_rows:0": { value: 7, atMs: 2 },
      "outbox_rows:1": { value: 5, atMs: 1 },
    });
    expect(isNothing(increase(noSums(), sums))).toBe(true);
    expect(readKey("outbox_rows:1")).toEqual({ name: "outbox_rows", label: "1" });
  });

  it("add to those of a version without any", () => {
    const old: Sums = { counters: { posts: 1 }, timings: {} };
    const sums = noSums();
    gaugeIn(sums, "outbox_rows:0", 7, 2);
    addSums(sums, old);
    expect(sums).toEqual({ ...old, gauges: { "outbox_rows:0": { value: 7, atMs: 2 } } });
  });
});
