import { expect, test } from "vitest";
import { estimate, progressLine } from "./progress.ts";

const STEPS = [
  { label: "fast", pieces: 1_000, pieceMs: 1 },
  { label: "slow", pieces: 300, pieceMs: 10 },
];

test("a step counts by its expected time, not by its pieces", () => {
  expect(estimate(STEPS, { step: 1, done: 0, elapsedMs: 900 }).share).toBe(0.25);
  expect(estimate(STEPS, { step: 1, done: 150, elapsedMs: 900 }).share).toBe(0.625);
  expect(estimate(STEPS, { step: 1, done: 300, elapsedMs: 900 })).toEqual({ share: 1, leftMs: 0 });
});

test("the time that is left follows the speed so far, on a slower machine too", () => {
  expect(estimate(STEPS, { step: 1, done: 0, elapsedMs: 1_000 }).leftMs).toBe(3_000);
  expect(estimate(STEPS, { step: 1, done: 0, elapsedMs: 5_000 }).leftMs).toBe(15_000);
});

test("the first moments have no estimate", () => {
  expect(estimate(STEPS, { step: 0, done: 10, elapsedMs: 50 }).leftMs).toBeNull();
});

test("a line has the bar, the share, the step and the seconds that are left", () => {
  expect(progressLine("Posts: 5 of 10", 0.5, 8_400)).toBe(
    "████████████░░░░░░░░░░░░  50 %  Posts: 5 of 10, about 8 s left",
  );
  expect(progressLine("Posts: 0 of 10", 0, null)).toBe(
    "░░░░░░░░░░░░░░░░░░░░░░░░   0 %  Posts: 0 of 10",
  );
});
