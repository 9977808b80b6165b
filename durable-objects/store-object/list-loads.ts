/** When a list is too much for one object: too many rows, or too many writes. */
import { STORE_LIST_WRITES_PER_S, STORE_LIST_WRITES_WINDOW_MS } from "../../feed/limits.ts";
import { listParts } from "../../feed/lists.ts";
import { countIn } from "./splitting.ts";

/** Writes to a list since the beginning of a window. */
interface Window {
  sinceMs: number;
  writes: number;
}

/** The most lists whose writes an object counts at a time. */
const WINDOWS_MAX = 1_000;
/** The share of writes to a list without a count after which its members are added up. */
const COUNTED_SHARE = 1 / 64;

export class ListLoads {
  readonly #maxRows: number;
  readonly #windows = new Map<string, Window>();

  /** @param maxRows the most members that one object counts of a list */
  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  /** Notes a write to a list. @returns whether the list has to be split */
  isFull(sql: SqlStorage, list: string, nowMs: number): boolean {
    const known = this.#windows.get(list);
    const isNew = known === undefined || nowMs - known.sinceMs >= STORE_LIST_WRITES_WINDOW_MS;
    const window = isNew ? { sinceMs: nowMs, writes: 0 } : known;
    if (this.#windows.size > WINDOWS_MAX) this.#windows.clear();
    this.#windows.set(list, window);
    window.writes++;
    const most = (STORE_LIST_WRITES_PER_S * STORE_LIST_WRITES_WINDOW_MS) / 1000;
    return window.writes > most || membersOf(sql, list) > this.#maxRows;
  }
}

/** About how many members of a list are here; 0 if they were not counted this time. */
function membersOf(sql: SqlStorage, list: string): number {
  const counted = countIn(sql, list);
  if (counted !== null) return counted;
  if (Math.random() >= COUNTED_SHARE) return 0;
  const { owner } = listParts(list);
  const [row] = sql
    .exec<{ n: number }>(
      "SELECT coalesce(sum(likes + reposts), 0) AS n FROM tallies WHERE post = ?",
      owner,
    )
    .toArray();
  return row?.n ?? 0;
}
