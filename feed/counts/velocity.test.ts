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

/** The pace once some reactions have come. */
function after(changes: readonly { atMs: number; more: number }[]): Velocity {
  return changes.reduce((pace, { atMs, more }) => quicken(pace, more, atMs), NO_VELOCITY);
}

describe("pace", () => {
  it("halves every hour while nothing comes", () => {
    const pace = quicken(NO_VELOCITY, 80, NOW_MS);
    const now = perHour(pace, NOW_MS);
    expect(now).toBeCloseTo((80 * Math.LN2 * HOUR_MS) / VELOCITY_HALF_LIFE_MS);
    expect(perHour(pace, NOW_MS + VELOCITY_HALF_LIFE_MS)).toBeCloseTo(now / 2);
    expect(perHour(pace, NOW_MS + 3 * VELOCITY_HALF_LIFE_MS)).toBeCloseTo(now / 8);
  });

  it("is what comes in an hour, where that much always comes", () => {
    const minutes = Array.from({ length: 24 * 60 }, (_, n) => ({
      atMs: NOW_MS + n * 60_000,
      more: 5,
    }));
    const pace = after(minutes);
    expect(perHour(pace, pace.atMs)).toBeCloseTo(5 * 60, -1);
  });

  it("tells what surges from what was popular long ago", () => {
    const old = after([{ atMs: NOW_MS - 48 * HOUR_MS, more: 10_000 }]);
    const surging = quicken(old, 100, NOW_MS);
    expect(perHour(old, NOW_MS)).toBeLessThan(0.01);
    expect(perHour(surging, NOW_MS)).toBeGreaterThan(50);
  });

  it("equals the sum of all that came, each halved since it came", () => {
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

  it("begins as the mean, where nobody knows when its reactions came", () => {
    expect(meanPerHour(100, 4 * HOUR_MS)).toBe(20);
    expect(meanPerHour(3, -1)).toBe(3);
    expect(perHour(steadyVelocity(20, NOW_MS), NOW_MS)).toBeCloseTo(20);
    expect(leftOf(NOW_MS, NOW_MS + VELOCITY_HALF_LIFE_MS)).toBe(0.5);
  });

  it("of nothing is read from nothing, as it stands in a log", () => {
    expect(velocitySchema.parse({})).toEqual(NO_VELOCITY);
  });

  it("sinks with what is taken back, never below nothing, and survives a clock that steps back", () => {
    const liked = quicken(NO_VELOCITY, 1, NOW_MS);
    expect(perHour(quicken(liked, -1, NOW_MS), NOW_MS)).toBe(0);
    expect(quicken(liked, -5, NOW_MS + HOUR_MS).sum).toBe(0);
    expect(quicken(liked, 1, NOW_MS - HOUR_MS)).toEqual({ sum: 2, atMs: NOW_MS });
  });
});
