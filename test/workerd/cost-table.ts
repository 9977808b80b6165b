/** Costs of operations as a Markdown table. */
import { printCosts } from "../documented-costs.ts";
import type { Costs } from "./meters.ts";

const COLUMNS = {
  "D1 queries": "d1Queries",
  "D1 rows read": "d1RowsRead",
  "D1 rows written": "d1RowsWritten",
  "object calls": "objectCalls",
  "object rows written": "objectRows",
  "queue messages": "queueMessages",
  "KV keys read": "kvReads",
  "KV writes": "kvWrites",
} as const satisfies Record<string, keyof Costs>;

export class CostTable {
  readonly #rows: (string | number)[][] = [];

  /** @param times how often the operation ran; the row holds the cost of one run */
  note(what: string, costs: Costs, times = 1): void {
    const cells = Object.values(COLUMNS).map((column) => meanOf(costs[column], times));
    this.#rows.push([what, ...cells]);
  }

  /** Prints the table. @throws if the README has other figures */
  print(): void {
    printCosts(["what", ...Object.keys(COLUMNS)], this.#rows);
  }
}

/** Rounds to three digits and drops trailing zeros. */
function meanOf(sum: number, times: number): number {
  return times === 1 ? sum : Number((sum / times).toPrecision(3));
}
