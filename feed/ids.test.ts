import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketOfHandle,
  idBucket,
  idCeiling,
  idFloor,
  ID_SERIAL_RANGE,
  idTimeMs,
  isId,
  makeId,
  newestFirst,
  sortedAfter,
} from "./ids.ts";
import { BUCKETS } from "./limits.ts";

const timeMs = fc.integer({ min: 0, max: 32 ** 9 - 2 });
const bucket = fc.integer({ min: 0, max: BUCKETS - 1 });
const random = fc.integer({ min: 0, max: ID_SERIAL_RANGE - 1 });
const anyId = fc.tuple(timeMs, bucket, random);

describe("an id", () => {
  it("made to sort after another id keeps its bucket, and its time if that is later", () => {
    fc.assert(
      fc.property(anyId, anyId, (one, two) => {
        const [id, other] = [makeId(...one), makeId(...two)];
        const after = sortedAfter(id, other);
        expect(after > other).toBe(true);
        expect(isId(after)).toBe(true);
        expect(idBucket(after)).toBe(idBucket(id));
        const later = makeId(idTimeMs(other) + 1, one[1], one[2]);
        expect(after).toBe(id > other ? id : later);
      }),
    );
  });

  it("contains the time and the bucket that it was made with", () => {
    fc.assert(
      fc.property(anyId, (parts) => {
        const id = makeId(...parts);
        expect(isId(id)).toBe(true);
        expect(id).toHaveLength(16);
        expect([idTimeMs(id), idBucket(id)]).toEqual(parts.slice(0, 2));
      }),
    );
  });

  it("sorts by time, then by bucket, then by its random part", () => {
    fc.assert(
      fc.property(anyId, anyId, (left, right) => {
        const differing = left.findIndex((part, index) => part !== right[index]);
        const [a, b] = [makeId(...left), makeId(...right)];
        expect(a === b).toBe(differing < 0);
        expect(a < b).toBe((left[differing] ?? 0) < (right[differing] ?? 0));
      }),
    );
  });

  it("is between the floor and the ceiling of its own millisecond, and of no other", () => {
    fc.assert(
      fc.property(anyId, ([ms, ...rest]) => {
        const id = makeId(ms, ...rest);
        expect(idFloor(ms) <= id && id <= idCeiling(ms)).toBe(true);
        expect(id < idFloor(ms + 1)).toBe(true);
        expect(ms === 0 || idCeiling(ms - 1) < id).toBe(true);
      }),
    );
  });

  it("is refused with another length, or with letters that look like digits", () => {
    const id = makeId(1_700_000_000_000, 512, 7);
    for (const wrong of ["", id.slice(1), `${id}0`, `${id.slice(1)}I`, id.toLowerCase(), "é"]) {
      expect(isId(wrong), wrong).toBe(false);
    }
    expect(() => idTimeMs("!".repeat(16))).toThrow(RangeError);
  });
});

it("newestFirst sorts by time, newest first, and keeps equal ids together", () => {
  fc.assert(
    fc.property(fc.array(anyId), (parts) => {
      const ids = parts.map((some) => makeId(...some));
      const sorted = ids.map((id) => ({ id })).sort(newestFirst);
      expect(sorted.map(({ id }) => id)).toEqual([...ids].sort().reverse());
    }),
  );
});

it("bucketOfHandle spreads handles over all buckets about evenly", () => {
  const counts = new Map<number, number>();
  for (let n = 0; n < 100 * BUCKETS; n++) {
    const at = bucketOfHandle(`user_${n}`);
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  expect(counts.size).toBe(BUCKETS);
  expect(Math.max(...counts.values())).toBeLessThan(200);
});
