import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyTallies, NO_TALLIES, type Tally, totalOf, versionOf } from "./tally.ts";

/** What one bucket says over time: each version with a count of its own. */
const history = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 8 });

function saying(bucket: number, counts: readonly number[]): Tally[] {
  return counts.map((likes, at) => ({ bucket, likes, reposts: likes * 2, version: at + 1 }));
}

describe("a counter", () => {
  it("ends at the newest value of each bucket, however often and in which order it hears", () => {
    fc.assert(
      fc.property(
        fc.array(history, { minLength: 1, maxLength: 5 }).chain((histories) => {
          const said = histories.flatMap((counts, bucket) => saying(bucket, counts));
          const heard = fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2 });
          return fc.tuple(fc.constant(histories), heard);
        }),
        ([histories, heard]) => {
          const known = heard.reduce(
            (before, tally) => applyTallies(before, { buckets: [tally], replies: null }),
            NO_TALLIES,
          );
          const likes = histories.reduce((sum, counts) => sum + (counts.at(-1) ?? 0), 0);
          expect(totalOf(known)).toEqual({ likes, reposts: likes * 2, replies: 0 });
        },
      ),
    );
  });

  it("hears of replies the same way", () => {
    const newer = applyTallies(NO_TALLIES, { buckets: [], replies: { replies: 3, version: 5 } });
    expect(applyTallies(newer, { buckets: [], replies: { replies: 9, version: 4 } })).toBe(newer);
    expect(totalOf(newer).replies).toBe(3);
  });

  it("has a version that grows whenever anything changes, and only then", () => {
    const [first, second] = saying(7, [1, 2]);
    if (first === undefined || second === undefined) throw new Error("two were said");
    const one = applyTallies(NO_TALLIES, { buckets: [first], replies: null });
    const two = applyTallies(one, { buckets: [second], replies: null });
    expect([NO_TALLIES, one, two].map(versionOf)).toEqual([0, 1, 2]);
    expect(applyTallies(two, { buckets: [first, second], replies: null })).toBe(two);
  });
});
