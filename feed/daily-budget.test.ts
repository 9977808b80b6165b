import { describe, expect, it } from "vitest";
import { type DaySpent, type Prices, spend } from "./daily-budget.ts";
import { DAILY_BUDGETS, NEW_ACCOUNT_DAILY_BUDGETS, NEW_ACCOUNT_MS } from "./limits-protection.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NOON_MS = 20_000.5 * DAY_MS;
const OLD = { nowMs: NOON_MS, createdMs: NOON_MS - NEW_ACCOUNT_MS };
const NEW = { nowMs: NOON_MS, createdMs: NOON_MS - NEW_ACCOUNT_MS + 1 };

/** How many calls of a price go through. */
function countCalls(prices: Prices, at: typeof OLD, max = 10_000): number {
  let state: DaySpent | null = null;
  for (let n = 0; n < max; n++) {
    const spending = spend(state, prices, at);
    if (spending.status === "exhausted") return n;
    state = spending.after;
  }
  return max;
}

describe("a daily budget", () => {
  it("is smaller for an account that is new", () => {
    expect(countCalls({ writes: 1 }, OLD)).toBe(DAILY_BUDGETS.writes);
    expect(countCalls({ writes: 1 }, NEW)).toBe(NEW_ACCOUNT_DAILY_BUDGETS.writes);
    expect(countCalls({ archivePages: 1 }, NEW)).toBe(NEW_ACCOUNT_DAILY_BUDGETS.archivePages);
  });

  it("is used up by work, not by calls: an audience of thousands costs its deliveries", () => {
    expect(countCalls({ writes: 1, deliveries: 0 }, OLD)).toBe(DAILY_BUDGETS.writes);
    expect(countCalls({ writes: 1, deliveries: 10_000 }, OLD)).toBe(
      DAILY_BUDGETS.deliveries / 10_000,
    );
  });

  it("pays any price while it has anything left, and so is exceeded by one call at most", () => {
    expect(countCalls({ deliveries: DAILY_BUDGETS.deliveries * 3 }, OLD)).toBe(1);
  });

  it("that is used up refuses only what costs of it, until midnight", () => {
    const spent = { writes: 0, deliveries: DAILY_BUDGETS.deliveries, archivePages: 0 };
    const before = { day: 20_000, spent };
    expect(spend(before, { writes: 1, deliveries: 5 }, OLD)).toEqual({
      status: "exhausted",
      retryAfterS: DAY_MS / 2 / 1000,
    });
    expect(spend(before, { writes: 1, deliveries: 0 }, OLD).status).toBe("spent");
    const tomorrow = { ...OLD, nowMs: NOON_MS + DAY_MS / 2 };
    expect(spend(before, { writes: 1, deliveries: 5 }, tomorrow)).toEqual({
      status: "spent",
      after: { day: 20_001, spent: { writes: 1, deliveries: 5, archivePages: 0 } },
    });
  });
});
