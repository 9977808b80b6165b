import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VELOCITY_HALF_LIFE_MS } from "../limits.ts";
import {
  leftOf,
  meanPerHour,
  NO_VELOCITY,
  type Velocity,
  velocitySchema,
  perHour,
  quicken,
  steadyVelocity,
} from "./velocity.ts";

const NOW_MS = Date.UTC(2026, 0, 15);
const HOUR_MS = 3_600_000;

/** The velocity after some reactions. */
function after(changes: readonly { atMs: number; more: number }[]): Velocity {
  return changes.reduce((velocity, { atMs, more }) => quicken(velocity, more, atMs), NO_VELOCITY);
}

describe("the velocity of a post", () => {
  it("halves every hour without reactions", () => {
    const velocity = quicken(NO_VELOCITY, 80, NOW_MS);
    const now = perHour(velocity, NOW_MS);
    expect(now).toBeCloseTo((80 * Math.LN2 * HOUR_MS) / VELOCITY_HALF_LIFE_MS);
    expect(perHour(velocity, NOW_MS + VELOCITY_HALF_LIFE_MS)).toBeCloseTo(now / 2);
    expect(perHour(velocity, NOW_MS + 3 * VELOCITY_HALF_LIFE_MS)).toBeCloseTo(now / 8);
  });

  it("equals the hourly reactions of a post that always gets as many", () => {
    const minutes = Array.from({ length: 24 * 60 }, (_, n) => ({
      atMs: NOW_MS + n * 60_000,
      more: 5,
    }));
    const velocity = after(minutes);
    expect(perHour(velocity, velocity.atMs)).toBeCloseTo(5 * 60, -1);
  });

  it("is high for a surge, and low for a post that was popular two days ago", () => {
    const old = after([{ atMs: NOW_MS - 48 * HOUR_MS, more: 10_000 }]);
    const surging = quicken(old, 100, NOW_MS);
    expect(perHour(old, NOW_MS)).toBeLessThan(0.01);
    expect(perHour(surging, NOW_MS)).toBeGreaterThan(50);
  });

  it("equals the sum of all reactions, each halved since it came", () => {
    const change = fc.record({ afterMs: fc.nat(HOUR_MS), more: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(change), (gaps) => {
        let atMs = NOW_MS;
        const changes = gaps.map(({ afterMs, more }) => ({ atMs: (atMs += afterMs), more }));
        const naive = changes.reduce(
          (sum, one) => sum + one.more * 2 ** (-(atMs - one.atMs) / VELOCITY_HALF_LIFE_MS),
          0,
        );
        const inHours = (naive * Math.LN2 * HOUR_MS) / VELOCITY_HALF_LIFE_MS;
        expect(perHour(after(changes), atMs)).toBeCloseTo(inHours, 5);
      }),
    );
  });

  it("starts at the mean over the post's life when the times of its reactions are unknown", () => {
    expect(meanPerHour(100, 4 * HOUR_MS)).toBe(20);
    expect(meanPerHour(3, -1)).toBe(3);
    expect(perHour(steadyVelocity(20, NOW_MS), NOW_MS)).toBeCloseTo(20);
    expect(leftOf(NOW_MS, NOW_MS + VELOCITY_HALF_LIFE_MS)).toBe(0.5);
  });

  it("parses as no velocity from the empty object of a training log", () => {
    expect(velocitySchema.parse({})).toEqual(NO_VELOCITY);
  });

  it("falls with reactions taken back, never below 0, and survives a clock that steps back", () => {
    const liked = quicken(NO_VELOCITY, 1, NOW_MS);
    expect(perHour(quicken(liked, -1, NOW_MS), NOW_MS)).toBe(0);
    expect(quicken(liked, -5, NOW_MS + HOUR_MS).sum).toBe(0);
    expect(quicken(liked, 1, NOW_MS - HOUR_MS)).toEqual({ sum: 2, atMs: NOW_MS });
  });
});
