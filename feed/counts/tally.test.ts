import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyTallies,
  NO_TALLIES,
  NONE_NEWER,
  takeRecounted,
  type Tally,
  totalOf,
  versionOf,
} from "./tally.ts";

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

describe("recounted tallies", () => {
  const before = {
    buckets: [
      { bucket: 1, likes: 5, reposts: 0, version: 9 },
      { bucket: 2, likes: 1, reposts: 1, version: 3 },
    ],
    replies: { replies: 2, version: 4 },
  };

  it("replace other values of the same or a lower version", () => {
    const buckets = [
      { bucket: 1, likes: 6, reposts: 0, version: 9 },
      { bucket: 2, likes: 0, reposts: 0, version: 4 },
      { bucket: 3, likes: 1, reposts: 0, version: 1 },
    ];
    const replies = { replies: 1, version: 4 };
    const taken = takeRecounted(before, { buckets, replies }, NONE_NEWER);
    expect(taken).toEqual({ tallies: { buckets, replies }, newer: NONE_NEWER });
  });

  it("change nothing where they agree, whatever the versions", () => {
    const buckets = before.buckets.map((tally) => ({ ...tally, version: 1 }));
    const absent = { bucket: 7, likes: 0, reposts: 0, version: 8 };
    const recounted = { buckets: [...buckets, absent], replies: { replies: 2, version: 1 } };
    const taken = takeRecounted(before, recounted, NONE_NEWER);
    expect(taken.tallies).toBe(before);
    expect(taken.newer).toEqual(NONE_NEWER);
  });

  it("replace no newer value until it is named as outdone, and then that version alone", () => {
    const buckets = [{ bucket: 1, likes: 6, reposts: 0, version: 8 }];
    const recounted = { buckets, replies: { replies: 7, version: 3 } };
    const first = takeRecounted(before, recounted, NONE_NEWER);
    const newer = { buckets: [{ bucket: 1, version: 9 }], replies: 4 };
    expect(first).toEqual({ tallies: before, newer });
    const second = takeRecounted(before, recounted, newer);
    expect(totalOf(second.tallies)).toEqual({ likes: 7, reposts: 1, replies: 7 });
    const other = { buckets: [{ bucket: 1, version: 8 }], replies: 3 };
    expect(takeRecounted(before, recounted, other).tallies).toBe(before);
  });
});
