import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AuthorMode,
  crosses,
  isPulled,
  authorFeedEpoch,
  pulls,
  pushes,
} from "./delivery-mode.ts";

const THRESHOLD = 10_000;

/** Lets an author's followers change, each migration ending before the next count. */
function follow(counts: readonly number[]): AuthorMode {
  let mode: AuthorMode = { epoch: 0, migrating: false };
  for (const followers of counts) {
    if (crosses(mode, followers, THRESHOLD)) mode = { epoch: mode.epoch + 1, migrating: false };
  }
  return mode;
}

describe("an epoch", () => {
  it("always has a post go some way, and both while migrating", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.boolean(), (epoch, migrating) => {
        const mode = { epoch, migrating };
        expect(pushes(mode) || pulls(mode)).toBe(true);
        expect(pushes(mode) && pulls(mode)).toBe(migrating);
        expect(pulls({ epoch, migrating: false })).toBe(isPulled(epoch));
      }),
    );
  });

  it("begins once, however many come and go between the threshold and four fifths of it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 8_000, max: 20_000 })), (storm) => {
        expect(follow([THRESHOLD, ...storm]).epoch).toBe(1);
      }),
    );
    expect(follow([9_999]).epoch).toBe(0);
    expect(follow([10_000, 7_999]).epoch).toBe(2);
    expect(follow([10_000, 7_999, 9_999, 10_000]).epoch).toBe(3);
  });

  it("waits for a migration to end before the next begins", () => {
    expect(crosses({ epoch: 1, migrating: true }, 0, THRESHOLD)).toBe(false);
  });

  it("has an outbox serve the time it is pulled, and the migration after that", () => {
    expect([1, 2, 3, 4].map(authorFeedEpoch)).toEqual([1, 1, 3, 3]);
  });
});
