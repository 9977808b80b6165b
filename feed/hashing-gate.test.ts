import { expect, it } from "vitest";
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
