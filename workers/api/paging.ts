/** Cursors of requests. */
import type { Id } from "../../feed/ids.ts";
import { LIST_REFILL_ROUNDS, PAGE_MAX_ITEMS } from "../../feed/limits.ts";
import { ApiProblem } from "./problem.ts";

/** Reads a cursor, null for the first page. @throws ApiProblem invalid_request */
export function cursorOf<T>(
  cursor: string | undefined,
  decode: (cursor: string) => T | null,
): T | null {
  if (cursor === undefined) return null;
  const position = decode(cursor);
  if (position !== null) return position;
  throw wrongCursor();
}

/** The problem of a cursor that is not one of the list. */
export function wrongCursor(): ApiProblem {
  return new ApiProblem("invalid_request", "The cursor does not belong to this list.", {
    violations: [{ path: "cursor", message: "not a cursor of this list" }],
  });
}

/** A part of a list, and the id below which it goes on; null at its end. */
interface ListPart<T> {
  items: readonly T[];
  next: Id | null;
}

/**
 * Reads a list until a page is full, because a filter may remove most of what a read returns. A page has
 * fewer than `limit` items only at the end of the list, or after `LIST_REFILL_ROUNDS` reads.
 * @param read reads visible items below an id; it looks at `count` items, visible or not
 */
export async function fullPage<T>(
  limit: number,
  below: Id | null,
  read: (below: Id | null, count: number) => Promise<ListPart<T>>,
  idOf: (item: T) => Id,
): Promise<ListPart<T>> {
  let page = await read(below, limit);
  for (let round = 1; page.items.length < limit && page.next !== null; round++) {
    if (round === LIST_REFILL_ROUNDS) break;
    const more = await read(page.next, PAGE_MAX_ITEMS);
    page = { items: [...page.items, ...more.items], next: more.next };
  }
  const last = page.items[limit - 1];
  if (page.items.length <= limit || last === undefined) return page;
  return { items: page.items.slice(0, limit), next: idOf(last) };
}
