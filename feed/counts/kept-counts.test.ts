import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { COUNTS_KEPT_MAX_MS } from "../limits-near.ts";
import { countsKeptMs } from "./kept-counts.ts";
import { perHour, steadyVelocity } from "./velocity.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = 1_800_000_000_000;

const postOf = (ageMs: number) => makeId(NOW_MS - ageMs, 1, 1);
const likesOf = (likes: number, anHour: number) => ({
  counts: { likes, reposts: 0, replies: 0 },
  velocity: steadyVelocity(anHour, NOW_MS),
});

describe("how long counts are kept", () => {
  it("is the post's age after its first minute while nobody reacts, and an hour at most", () => {
    expect(countsKeptMs(postOf(MINUTE_MS), null, NOW_MS)).toBe(0);
    expect(countsKeptMs(postOf(9 * MINUTE_MS), null, NOW_MS)).toBe(8 * MINUTE_MS);
    expect(countsKeptMs(postOf(90 * HOUR_MS), null, NOW_MS)).toBe(COUNTS_KEPT_MAX_MS);
    const quiet = { ...likesOf(7, 0), velocity: null };
    expect(countsKeptMs(postOf(9 * MINUTE_MS), quiet, NOW_MS)).toBe(8 * MINUTE_MS);
  });

  it("is the time of a square root more if the post has few, and of a twentieth more if it has many", () => {
    const old = postOf(90 * HOUR_MS);
    expect(countsKeptMs(old, likesOf(4, 8), NOW_MS)).toBeCloseTo(15 * MINUTE_MS);
    expect(countsKeptMs(old, likesOf(2_000, 6_000), NOW_MS)).toBeCloseTo(MINUTE_MS);
  });

  it("lets no count be wrong by more than its square root or a twentieth, at the velocity that it had", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 90 * 24 * HOUR_MS }),
        fc.nat({ max: 1e6 }),
        fc.nat({ max: 1e6 }),
        (ageMs, likes, anHour) => {
          const published = likesOf(likes, anHour);
          const keptMs = countsKeptMs(postOf(ageMs), published, NOW_MS);
          expect(keptMs).toBeGreaterThanOrEqual(0);
          expect(keptMs).toBeLessThanOrEqual(Math.min(COUNTS_KEPT_MAX_MS, ageMs));
          const more = (perHour(published.velocity, NOW_MS) * keptMs) / HOUR_MS;
          expect(more).toBeLessThanOrEqual(Math.max(1, Math.sqrt(likes), likes / 20) + 1e-6);
        },
      ),
    );
  });
});
