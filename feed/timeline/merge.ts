/**
 * Merges sources of different depth. Each source is complete down to its horizon; a merge is complete
 * only down to the shallowest horizon, and the store answers below it.
 */
import type { Entry } from "./entry.ts";
import { type Id, newestFirst, type UserId } from "../ids.ts";
import { AUTHOR_PAGE_MIN_ENTRIES } from "../limits.ts";

/** A slice of a source: all its entries whose ids are at or above `horizon`, newest first. */
export interface Slice {
  entries: Entry[];
  /** The slice is complete down to this id (inclusive); `BEGINNING` if it is complete. */
  horizon: Id;
}

/** Merges slices of different sources: newest first, each id once, nothing below a horizon. */
export function mergeSlices(slices: readonly Slice[]): Slice {
  const horizon = slices.reduce((highest, s) => (s.horizon > highest ? s.horizon : highest), "");
  const byId = new Map<Id, Entry>();
  for (const slice of slices) {
    for (const entry of slice.entries) if (entry.id >= horizon) byId.set(entry.id, entry);
  }
  return { entries: [...byId.values()].sort(newestFirst), horizon };
}

/** A query for an author's newest entries below an id (exclusive). */
export interface AuthorQuery {
  author: UserId;
  below: Id;
}

/**
 * Reads up to `limit` entries of each author, none below `downTo`. An author who is missing in the
 * answer has no entries there.
 */
export type ReadAuthors = (
  queries: readonly AuthorQuery[],
  span: { downTo: Id; limit: number },
) => Promise<ReadonlyMap<UserId, Slice>>;

/**
 * The newest `want` entries of many authors below `below` (exclusive), down to `downTo` (inclusive).
 *
 * It first reads a few entries of every author. Only an author whose entries all are above the `want`-th
 * newest so far can have further ones that count, so only they are read again, twice as many. The number
 * of read rows stays near `want` plus a few per author, whoever writes the most.
 * @param span after `reads` reads it stops: the slice is then shorter, and its horizon higher
 */
export async function newestOfAuthors(
  authors: readonly UserId[],
  span: { below: Id; downTo: Id; want: number; reads?: number },
  read: ReadAuthors,
): Promise<Slice> {
  const held = new Map<UserId, Slice>(
    authors.map((author) => [author, { entries: [], horizon: span.below }]),
  );
  const share = Math.ceil((2 * span.want) / Math.max(1, authors.length));
  let limit = Math.min(Math.max(AUTHOR_PAGE_MIN_ENTRIES, share), span.want + 1);
  for (let reads = 0; reads < (span.reads ?? Infinity); reads++) {
    const cut = cutId(held, span.want);
    const open = [...held].filter(
      ([, slice]) => slice.horizon > span.downTo && slice.horizon > cut,
    );
    if (open.length === 0) break;
    const queries = open.map(([author, slice]) => ({ author, below: slice.horizon }));
    const answers = await read(queries, { downTo: span.downTo, limit });
    for (const [author, slice] of open) {
      const answer = answers.get(author) ?? { entries: [], horizon: span.downTo };
      held.set(author, {
        entries: [...slice.entries, ...answer.entries],
        horizon: answer.horizon,
      });
    }
    limit = Math.min(limit * 2, span.want + 1);
  }
  const merged = mergeSlices([...held.values()]);
  const last = merged.entries[span.want - 1];
  if (merged.entries.length <= span.want || last === undefined) return merged;
  return { entries: merged.entries.slice(0, span.want), horizon: last.id };
}

/** The id of the `want`-th newest entry so far, or the lowest id if there are fewer. */
function cutId(held: ReadonlyMap<UserId, Slice>, want: number): Id {
  const ids = [...held.values()].flatMap((slice) => slice.entries.map((entry) => entry.id));
  ids.sort().reverse();
  return ids[want - 1] ?? "";
}
