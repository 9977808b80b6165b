/** What the owner has spent of their daily budgets: one row, overwritten by each call that spends. */
import { type DaySpent, type Prices, spend } from "../../feed/daily-budget.ts";

export const BUDGET_SQL = `
  CREATE TABLE budget (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    day INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    archive_pages INTEGER NOT NULL
  )`;

export class BudgetStore {
  readonly #sql: SqlStorage;
  /** Undefined until it is read from storage. */
  #known: DaySpent | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Takes prices from the owner's budgets. The object is the one place that sees all their requests, so the
   * budgets hold however many arrive at once.
   * @returns null, or the seconds until the budget that is used up is full again
   */
  spend(prices: Prices, at: { nowMs: number; createdMs: number }): number | null {
    this.#known ??= this.#load();
    const spending = spend(this.#known, prices, at);
    if (spending.status === "exhausted") return spending.retryAfterS;
    this.#save(spending.after);
    this.#known = spending.after;
    return null;
  }

  #load(): DaySpent | null {
    const [row] = this.#sql
      .exec<{ day: number; writes: number; deliveries: number; archive_pages: number }>(
        "SELECT day, writes, deliveries, archive_pages FROM budget",
      )
      .toArray();
    if (row === undefined) return null;
    const { day, writes, deliveries, archive_pages: archivePages } = row;
    return { day, spent: { writes, deliveries, archivePages } };
  }

  #save({ day, spent }: DaySpent): void {
    this.#sql.exec(
      `INSERT INTO budget (id, day, writes, deliveries, archive_pages) VALUES (0, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET day = excluded.day, writes = excluded.writes,
         deliveries = excluded.deliveries, archive_pages = excluded.archive_pages`,
      day,
      spent.writes,
      spent.deliveries,
      spent.archivePages,
    );
  }
}
