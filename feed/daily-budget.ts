/**
 * What an account may have done for it in a day (UTC), priced by work: a post costs its deliveries, not only
 * a call. A young account may spend less, because throwing one away costs nothing.
 */
import { DAILY_BUDGETS, NEW_ACCOUNT_DAILY_BUDGETS, NEW_ACCOUNT_MS } from "./limits-protection.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is counted: `writes` in calls, `deliveries` in followers' timelines, `archivePages` in pages. */
export type BudgetKind = keyof typeof DAILY_BUDGETS;
/** The prices of a call, of which the others are 0. */
export type Prices = Readonly<Partial<Record<BudgetKind, number>>>;

/** What an account has spent of each kind in a day; `day` counts from 1970. */
export interface DaySpent {
  day: number;
  spent: Readonly<Record<BudgetKind, number>>;
}

export type Spending =
  | { status: "spent"; after: DaySpent }
  /** A budget is used up; it is full again after `retryAfterS`. */
  | { status: "exhausted"; retryAfterS: number };

/**
 * Takes prices from the budgets of a day. What has anything left pays any price, so that the owner of a large
 * audience can post at all; so a budget is exceeded by one call at most.
 * @param createdMs when the account was made
 */
export function spend(
  before: DaySpent | null,
  prices: Prices,
  { nowMs, createdMs }: { nowMs: number; createdMs: number },
): Spending {
  const day = Math.floor(nowMs / DAY_MS);
  const known = before?.day === day ? before.spent : { writes: 0, deliveries: 0, archivePages: 0 };
  const isNew = nowMs - createdMs < NEW_ACCOUNT_MS;
  const budgets = isNew ? NEW_ACCOUNT_DAILY_BUDGETS : DAILY_BUDGETS;
  const spent = { ...known };
  for (const kind of ["writes", "deliveries", "archivePages"] as const) {
    const price = prices[kind] ?? 0;
    if (price > 0 && known[kind] >= budgets[kind]) {
      return { status: "exhausted", retryAfterS: Math.ceil(((day + 1) * DAY_MS - nowMs) / 1000) };
    }
    spent[kind] += price;
  }
  return { status: "spent", after: { day, spent } };
}
