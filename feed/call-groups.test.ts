import { expect, it } from "vitest";
import { callGroupSize, callsOfInvocation } from "./call-groups.ts";
import { STORE_CALLS_DIRECT } from "./limits.ts";

it("no invocation makes more than STORE_CALLS_DIRECT calls, or the square root of all", () => {
  for (const calls of [1, 49, 50, 51, 200, 2_000, 2_501, 20_000, 100_000]) {
    const most = Math.max(STORE_CALLS_DIRECT, Math.ceil(Math.sqrt(calls)));
    expect(callsOfInvocation(calls), `${calls}`).toBeLessThanOrEqual(most);
    expect(callGroupSize(calls) * callsOfInvocation(calls)).toBeGreaterThanOrEqual(calls);
  }
  expect(callsOfInvocation(20_000)).toBe(142);
});
