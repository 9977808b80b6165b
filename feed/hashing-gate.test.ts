import { expect, it } from "vitest";
import { Attempts } from "./attempts.ts";
import { HashingGate } from "./hashing-gate.ts";
import { PASSWORD_HASHES_IN_FLIGHT } from "./limits-protection.ts";

it("a gate lets so many wait, and the next one as soon as one has left", () => {
  const gate = new HashingGate(4);
  const entered = Array.from({ length: PASSWORD_HASHES_IN_FLIGHT + 2 }, () => gate.enter());
  expect(entered.filter(Boolean)).toHaveLength(PASSWORD_HASHES_IN_FLIGHT);
  expect(gate.retryAfterS).toBe(2);
  gate.leave();
  expect([gate.enter(), gate.enter()]).toEqual([true, false]);
});

it.each([0, 40, 125, 200, 2_000])(
  "a gate keeps its rate and rests for as long as a hash took (%i ms)",
  (tookMs) => {
    const pauseMs = new HashingGate(4).pauseMs(tookMs);
    expect(tookMs + pauseMs).toBeGreaterThanOrEqual(250);
    expect(pauseMs).toBeGreaterThanOrEqual(tookMs);
  },
);

it("attempts of a key are counted in windows, and one that succeeds begins them anew", () => {
  const attempts = new Attempts({ max: 2, windowMs: 100, keysMax: 2 });
  attempts.take("a", 0);
  expect(attempts.waitMs("a", 10)).toBe(0);
  attempts.take("a", 10);
  expect([attempts.waitMs("a", 20), attempts.waitMs("b", 20)]).toEqual([80, 0]);
  expect(attempts.waitMs("a", 100)).toBe(0);
  attempts.take("a", 100);
  attempts.take("a", 101);
  expect(attempts.waitMs("a", 102)).toBe(98);
  attempts.forget("a");
  expect(attempts.waitMs("a", 102)).toBe(0);
});

it("attempts of the oldest key are forgotten first when there are too many keys", () => {
  const attempts = new Attempts({ max: 1, windowMs: 100, keysMax: 2 });
  for (const key of ["a", "b", "c"]) attempts.take(key, 0);
  expect(["a", "b", "c"].map((key) => attempts.waitMs(key, 1))).toEqual([0, 99, 99]);
});
