import fc from "fast-check";
import { expect, it } from "vitest";
import { durationText, MoveProgress } from "./progress.ts";

it("the share that is done never shrinks, and ends at 1", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }), (moves) => {
      const progress = new MoveProgress(0);
      let left = moves.reduce((sum, n) => sum + n, 0);
      let before = 0;
      for (const buckets of moves) {
        for (const share of [0, 0.3, 0.9]) {
          progress.note({ left: share === 0 ? left : null, moving: { buckets, share } });
          const now = progress.share() ?? 0;
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeLessThan(1);
          before = now;
        }
        left -= buckets;
      }
      progress.note({ left, moving: null });
      expect(progress.share()).toBe(1);
    }),
  );
});

it("the time that is left follows from the time that the done share took", () => {
  const progress = new MoveProgress(1_000);
  expect(progress.leftMs(2_000)).toBeNull();
  progress.note({ left: 100, moving: null });
  progress.note({ left: 80, moving: { buckets: 10, share: 0.5 } });
  expect(progress.share()).toBe(0.25);
  expect(progress.leftMs(11_000)).toBe(30_000);
});

it.each([
  [2_400, "2 seconds"],
  [99_000, "99 seconds"],
  [600_000, "10 minutes"],
  [9_000_000, "3 hours"],
])("%i ms are %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
