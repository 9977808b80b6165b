import { expect, it } from "vitest";
import { randomFrom } from "../../demo/random.ts";
import { aroundMs, gapMs, TruncatedPareto } from "./draws.ts";

const DRAWS = 200_000;

function meanOf(draw: () => number): number {
  let sum = 0;
  for (let n = 0; n < DRAWS; n++) sum += draw();
  return sum / DRAWS;
}

it("audiences have the mean that was asked for, and stay between their ends", () => {
  const random = randomFrom(1);
  for (const mean of [20, 100, 900]) {
    const audiences = new TruncatedPareto(1, 10_000, mean);
    let [least, most] = [Infinity, 0];
    const drawn = meanOf(() => {
      const value = audiences.draw(random);
      least = Math.min(least, value);
      most = Math.max(most, value);
      return value;
    });
    expect(Math.abs(drawn - mean) / mean).toBeLessThan(0.05);
    expect(least).toBeGreaterThanOrEqual(1);
    expect(most).toBeLessThanOrEqual(10_000);
  }
});

it("gaps between random events have the mean of their rate", () => {
  const random = randomFrom(2);
  expect(meanOf(() => gapMs(random, 250))).toBeCloseTo(4, 1);
});

it("times lie around their median, with a tail of four times as much", () => {
  const random = randomFrom(3);
  const times = Array.from({ length: DRAWS }, () => aroundMs(random, 10)).sort((a, b) => a - b);
  expect(times[DRAWS / 2]).toBeCloseTo(10, 0);
  expect((times[Math.floor(DRAWS * 0.99)] ?? 0) / 10).toBeCloseTo(4, 0);
});
