import { describe, expect, it } from "vitest";
import { publishedCountsSchema, publishedText } from "./published-counts.ts";

const counts = { likes: 3, reposts: 2, replies: 1 };
const velocity = { sum: 4.5, atMs: 1_700_000_000_000 };

describe("published counts", () => {
  it("read the velocity of a stored value from its key `pace`", () => {
    const stored = '{"likes":3,"reposts":2,"replies":1,"pace":{"sum":4.5,"atMs":1700000000000}}';
    expect(publishedCountsSchema.parse(JSON.parse(stored))).toEqual({ counts, velocity });
    expect(publishedText({ counts, velocity })).toBe(stored);
  });

  it("have no velocity where the stored value has none, or one that does not parse", () => {
    for (const stored of [{ pace: null }, {}, { pace: { sum: -1, atMs: 0 } }]) {
      expect(publishedCountsSchema.parse({ ...counts, ...stored })).toEqual({
        counts,
        velocity: null,
      });
    }
  });
});
