import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addSums,
  countIn,
  FIGURES,
  increase,
  isNothing,
  noSums,
  readKey,
  seriesKey,
  type Sums,
  timeIn,
} from "./figures.ts";
import { FIGURE_SERIES_MAX } from "../limits.ts";

const noted = fc.record({
  key: fc.constantFrom("posts", "deliveries:kept", "deliveries:cold", "page"),
  times: fc.nat(5),
  tookMs: fc.nat(10_000),
});

function sumsOf(all: readonly { key: string; times: number; tookMs: number }[]): Sums {
  const sums = noSums();
  for (const { key, times, tookMs } of all) {
    countIn(sums, key, times);
    timeIn(sums, key, tookMs, times);
  }
  return sums;
}

describe("sums", () => {
  it("of many isolates add up to those of one isolate that gets everything", () => {
    fc.assert(
      fc.property(fc.array(fc.array(noted)), (isolates) => {
        const sums = noSums();
        for (const seen of isolates) addSums(sums, sumsOf(seen));
        expect(sums).toEqual(sumsOf(isolates.flat()));
      }),
    );
  });

  it("of two times differ by what was added between", () => {
    fc.assert(
      fc.property(fc.array(noted), fc.array(noted), (early, late) => {
        const before = sumsOf(early);
        const after = sumsOf([...early, ...late]);
        const news = increase(before, after);
        expect(news.counters).toEqual(sumsOf(late).counters);
        expect(Object.keys(news.timings).sort()).toEqual(Object.keys(sumsOf(late).timings).sort());
        expect(isNothing(news)).toBe(isNothing(sumsOf(late)));
        addSums(before, news);
        expect(before.counters).toEqual(after.counters);
      }),
    );
  });

  it("have a bounded number of series, and keep counting those they have", () => {
    const sums = noSums();
    for (let n = 0; n < 10 * FIGURE_SERIES_MAX; n++) {
      countIn(sums, `requests:${n}`);
      timeIn(sums, `page_stage:${n}`, 1);
    }
    countIn(sums, "requests:0");
    expect(Object.keys(sums.counters)).toHaveLength(FIGURE_SERIES_MAX);
    expect(Object.keys(sums.timings)).toHaveLength(FIGURE_SERIES_MAX);
    expect(sums.counters["requests:0"]).toBe(2);
  });
});

describe("a key", () => {
  it("parses to its figure and label", () => {
    expect(readKey(seriesKey("deliveries", "kept"))).toEqual({ name: "deliveries", label: "kept" });
    expect(readKey(seriesKey("posts", null))).toEqual({ name: "posts", label: null });
    expect(readKey(seriesKey("queue_wait", "a:b"))).toEqual({ name: "queue_wait", label: "a:b" });
  });

  it("of another version parses to null", () => {
    for (const key of ["other", "posts:label", "deliveries", "", "toString", "__proto__:x"]) {
      expect(readKey(key)).toBeNull();
    }
  });
});

it("every figure has a sentence of help, and every label a valid name", () => {
  for (const [name, { help, label }] of Object.entries(FIGURES)) {
    expect(help, name).toMatch(/^[A-Z].*\.$/);
    expect(label ?? "none").toMatch(/^[a-z_]+$/);
    expect(name).toMatch(/^[a-z_]+$/);
  }
});
