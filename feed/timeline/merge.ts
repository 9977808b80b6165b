/**
 * Merging sources of different depth. Each source says down to which id it is complete; a merge is
 * complete only down to the shallowest of those horizons, and what lies below comes from the store.
 */
import type { Entry } from "./entry.ts";
import { type Id, newestFirst, type UserId } from "../ids.ts";
import { AUTHOR_PAGE_MIN_ENTRIES } from "../limits.ts";

/** Entries, newest first, with every entry of its source whose id is at or above `horizon`. */
export interface Slice {
  entries: Entry[];
  /** Nothing at or above this id is missing; `BEGINNING` when nothing is missing at all. */
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

/** One question to the store: an author's newest entries below an id (exclusive). */
export interface AuthorQuery {
  author: UserId;
  below: Id;
}

/**
 * Reads up to `limit` entries of each of several authors, none below `downTo`; an author without an
 * answer has no entry there.
 */
export type ReadAuthors = (
  asks: readonly AuthorQuery[],
  span: { downTo: Id; limit: number },
) => Promise<ReadonlyMap<UserId, Slice>>;

/**
 * The newest `want` entries of many authors below `below` (exclusive) and down to `downTo`
 * (inclusive, as a horizon is).
 *
 * Every author is asked for a few; only those whose entries ran out above the `want`-th newest
 * found so far can still hold something newer, so only they are asked again, for twice as many.
 * Rows read stay near `want` plus a few per author, whoever of them writes the most.
 */
export async function newestOfAuthors(
  authors: readonly UserId[],
  span: { below: Id; downTo: Id; want: number },
  read: ReadAuthors,
): Promise<Slice> {
  const held = new Map<UserId, Slice>(
    authors.map((author) => [author, { entries: [], horizon: span.below }]),
  );
  const share = Math.ceil((2 * span.want) / Math.max(1, authors.length));
  let limit = Math.min(Math.max(AUTHOR_PAGE_MIN_ENTRIES, share), span.want + 1);
  for (;;) {
    const cut = cutId(held, span.want);
    const open = [...held].filter(
      ([, slice]) => slice.horizon > span.downTo && slice.horizon > cut,
    );
    if (open.length === 0) break;
    const asks = open.map(([author, slice]) => ({ author, below: slice.horizon }));
    const answers = await read(asks, { downTo: span.downTo, limit });
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

/** The id of the `want`-th newest entry held, or the lowest id while there are fewer. */
function cutId(held: ReadonlyMap<UserId, Slice>, want: number): Id {
  const ids = [...held.values()].flatMap((slice) => slice.entries.map((entry) => entry.id));
  ids.sort().reverse();
  return ids[want - 1] ?? "";
}
