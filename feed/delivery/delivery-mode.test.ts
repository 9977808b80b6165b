import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AuthorMode,
  authorFeedEpoch,
  crosses,
  deliveryMode,
  pulls,
  pushes,
} from "./delivery-mode.ts";

const THRESHOLD = 10_000;

/**
 * The mode of an author after some follower counts, if each migration ends before the next count.
 */
function modeAfter(counts: readonly number[]): AuthorMode {
  let mode: AuthorMode = { epoch: 0, migrating: false };
  for (const followers of counts) {
    if (crosses(mode, followers, THRESHOLD)) mode = { epoch: mode.epoch + 1, migrating: false };
  }
  return mode;
}

describe("an author's epoch", () => {
  it("sends each post one way, and both ways while the author is migrating", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.boolean(), (epoch, migrating) => {
        const mode = { epoch, migrating };
        expect(pushes(mode) || pulls(mode)).toBe(true);
        expect(pushes(mode) && pulls(mode)).toBe(migrating);
        expect(pulls({ epoch, migrating: false })).toBe(deliveryMode(epoch) === "pull");
      }),
    );
  });

  it("grows once while followers vary between the threshold and four fifths of it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 8_000, max: 20_000 })), (storm) => {
        expect(modeAfter([THRESHOLD, ...storm]).epoch).toBe(1);
      }),
    );
    expect(modeAfter([9_999]).epoch).toBe(0);
    expect(modeAfter([10_000, 7_999]).epoch).toBe(2);
    expect(modeAfter([10_000, 7_999, 9_999, 10_000]).epoch).toBe(3);
  });

  it("does not grow again before a migration ends", () => {
    expect(crosses({ epoch: 1, migrating: true }, 0, THRESHOLD)).toBe(false);
  });

  it("has the author feed serve the last pulled epoch, also during the migration after it", () => {
    expect([1, 2, 3, 4].map(authorFeedEpoch)).toEqual([1, 1, 3, 3]);
  });
});
