import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, SWEEP_SPLIT_MAX } from "../limits.ts";
import { cutRange, type ShardRange } from "./shard-ranges.ts";

function shardsIn({ from, to }: ShardRange): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** Cuts ranges until each is one shard. @returns the shards, and the most rounds that one took */
function cutWhole(range: ShardRange): { shards: number[]; rounds: number } {
  if (range.to - range.from <= 1) return { shards: shardsIn(range), rounds: 0 };
  const parts = cutRange(range, SWEEP_SPLIT_MAX).map(cutWhole);
  return {
    shards: parts.flatMap(({ shards }) => shards),
    rounds: 1 + Math.max(...parts.map(({ rounds }) => rounds)),
  };
}

describe("a range of shards", () => {
  it("is cut into few ranges of nearly the same length, which cover each shard once, in order", () => {
    const range = fc.record({
      from: fc.nat(50),
      length: fc.nat(BUCKETS),
      most: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(range, ({ from, length, most }) => {
        const ranges = cutRange({ from, to: from + length }, most);
        expect(ranges).toHaveLength(Math.min(length, most));
        expect(ranges.flatMap(shardsIn)).toEqual(shardsIn({ from, to: from + length }));
        const lengths = ranges.map(({ from: first, to }) => to - first);
        expect(Math.max(0, ...lengths) - Math.min(length, ...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("of the most shards that exist becomes single shards in three rounds", () => {
    const { shards, rounds } = cutWhole({ from: 0, to: BUCKETS });
    expect(shards).toEqual(shardsIn({ from: 0, to: BUCKETS }));
    expect(rounds).toBe(3);
  });
});
