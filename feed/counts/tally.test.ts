import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyTallies, NO_TALLIES, type Tally, totalOf, versionOf } from "./tally.ts";

/** The likes of one bucket over time, one number for each version. */
const history = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 8 });

function talliesOf(bucket: number, counts: readonly number[]): Tally[] {
  return counts.map((likes, at) => ({ bucket, likes, reposts: likes * 2, version: at + 1 }));
}

describe("tallies", () => {
  it("add up to the newest value of each bucket, in any order and with repetitions", () => {
    fc.assert(
      fc.property(
        fc.array(history, { minLength: 1, maxLength: 5 }).chain((histories) => {
          const sent = histories.flatMap((counts, bucket) => talliesOf(bucket, counts));
          const received = fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 });
          return fc.tuple(fc.constant(histories), received);
        }),
        ([histories, received]) => {
          const tallies = received.reduce(
            (before, tally) => applyTallies(before, { buckets: [tally], replies: null }),
            NO_TALLIES,
          );
          const likes = histories.reduce((sum, counts) => sum + (counts.at(-1) ?? 0), 0);
          expect(totalOf(tallies)).toEqual({ likes, reposts: likes * 2, replies: 0 });
        },
      ),
    );
  });

  it("keep the newest number of replies", () => {
    const newer = applyTallies(NO_TALLIES, { buckets: [], replies: { replies: 3, version: 5 } });
    expect(applyTallies(newer, { buckets: [], replies: { replies: 9, version: 4 } })).toBe(newer);
    expect(totalOf(newer).replies).toBe(3);
  });

  it("have a version that grows with every change and stays when nothing changes", () => {
    const [first, second] = talliesOf(7, [1, 2]);
    if (first === undefined || second === undefined) throw new Error("two tallies were made");
    const one = applyTallies(NO_TALLIES, { buckets: [first], replies: null });
    const two = applyTallies(one, { buckets: [second], replies: null });
    expect([NO_TALLIES, one, two].map(versionOf)).toEqual([0, 1, 2]);
    expect(applyTallies(two, { buckets: [first, second], replies: null })).toBe(two);
  });
});
