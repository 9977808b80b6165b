/**
 * The order of a ranked scroll: by score, but nobody dominates it and no thread runs on. Every item is
 * placed exactly once. Its time grows with the square of the number of items, whatever they are, so the
 * number of candidates bounds it.
 */
import type { Id, UserId } from "../ids.ts";
import { newestFirst } from "../ids.ts";
import {
  LEAD_ITEMS,
  PAGE_DEFAULT_ITEMS,
  PERSON_MAX_EACH_PAGE,
  PERSON_MAX_IN_A_ROW,
  THREAD_MAX_IN_A_ROW,
} from "../limits.ts";

/** An item to be placed. */
export interface Placeable {
  /** Its entry; of equal scores the newest comes first. */
  id: Id;
  score: number;
  /** Its author, and its reposter if that is another account. */
  people: readonly UserId[];
  /** The thread of a reply. */
  thread?: Id | undefined;
  /** Whether it comes first, whatever its score. */
  onTop?: boolean;
  /** Whether it waits, on the first page, for items that do not. */
  waits?: boolean;
  /** Whether it is kept out of the first places. */
  neverLeads?: boolean;
}

/**
 * Each further item of an author counts half as much, but never less than a quarter: X's
 * `AuthorDiversityDecay` and `AuthorDiversityFloor`.
 */
const AUTHOR_DECAY = 0.5;
const AUTHOR_FLOOR = 0.25;

/** The rules that an item may break in a place, from the mildest; none is broken while another item breaks a milder one. */
const BREAKS = { nothing: 0, waiting: 1, leading: 2, share: 3, row: 4 } as const;

/**
 * Sorts items by their scores, decayed by the number of items of the same people above. An item counts
 * for its author and for its reposter, because somebody who reposts a lot dominates a page like somebody
 * who writes a lot; the one with more items above decides. While anything else is left:
 *
 * - no more than two consecutive items are of one person, or replies of one thread;
 * - no more than five of any twenty consecutive items are of one person, wherever a page begins;
 * - no item that `neverLeads` is among the first three;
 * - no item that `waits` is among the first twenty.
 */
export function diversify<T extends Placeable>(items: readonly T[]): T[] {
  const left = numbered(items.toSorted((a, b) => b.score - a.score || newestFirst(a, b)));
  const scroll = new Scroll<T>(items.length);
  const top = left.findIndex(({ item }) => item.onTop === true);
  if (top >= 0) scroll.add(left.splice(top, 1));
  while (left.length > 0) scroll.add(left.splice(bestOf(left, scroll), 1));
  return scroll.placed.map(({ item }) => item);
}

/** An item with numbers for its people and its thread, which are faster to look up than their ids. */
interface Numbered<T extends Placeable> {
  item: T;
  /** The author and the reposter; one twice if they are the same. */
  people: readonly [number, number];
  thread: number | null;
}

function numbered<T extends Placeable>(items: readonly T[]): Numbered<T>[] {
  const numbers = new Map<Id, number>();
  const numberOf = (id: Id): number => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  };
  return items.map((item) => {
    const [author = "", reposter = author] = item.people;
    const thread = item.thread === undefined ? null : numberOf(`thread ${item.thread}`);
    return { item, people: [numberOf(author), numberOf(reposter)], thread };
  });
}

/** The index of the item for the next place. @param left by score, highest first */
function bestOf<T extends Placeable>(left: readonly Numbered<T>[], scroll: Scroll<T>): number {
  let best = 0;
  let bestBreaks = Infinity;
  let bestValue = -Infinity;
  for (let n = 0; n < left.length; n++) {
    const next = left[n];
    if (next === undefined) break;
    const { id, score } = next.item;
    // Decay never raises a score, so nothing below can be better.
    if (bestBreaks === BREAKS.nothing && score < bestValue) break;
    const breaks = scroll.breaksWith(next);
    if (breaks > bestBreaks) continue;
    const share = scroll.shareOf(next);
    // Multiplying would raise a negative score.
    const value = score >= 0 ? score * share : score / share;
    if (breaks === bestBreaks) {
      const isNewer = id > (left[best]?.item.id ?? id);
      if (value < bestValue || (value === bestValue && !isNewer)) continue;
    }
    best = n;
    bestBreaks = breaks;
    bestValue = value;
  }
  return best;
}

/** The scroll so far. */
class Scroll<T extends Placeable> {
  readonly placed: Numbered<T>[] = [];
  /** The number of items so far, by person, and the share that it leaves a further one. */
  readonly #times: Int32Array;
  readonly #shares: Float64Array;
  /** The number of items among those places that share a page with the next one, by person. */
  readonly #recently: Int32Array;
  /** Whether a person or a thread has as many consecutive items at the end as it may. */
  readonly #runs: Uint8Array;

  /** @param items how many there are; each has at most two people and a thread */
  constructor(items: number) {
    const numbers = 3 * items;
    this.#times = new Int32Array(numbers);
    this.#shares = new Float64Array(numbers).fill(authorShare(0));
    this.#recently = new Int32Array(numbers);
    this.#runs = new Uint8Array(numbers);
  }

  add(next: readonly Numbered<T>[]): void {
    this.#markRuns(0);
    for (const one of next) {
      this.placed.push(one);
      for (const person of new Set(one.people)) {
        const times = (this.#times[person] ?? 0) + 1;
        this.#times[person] = times;
        this.#shares[person] = authorShare(times);
        this.#recently[person] = (this.#recently[person] ?? 0) + 1;
      }
      for (const person of new Set(this.placed.at(-PAGE_DEFAULT_ITEMS)?.people)) {
        this.#recently[person] = (this.#recently[person] ?? 0) - 1;
      }
    }
    this.#markRuns(1);
  }

  /** The share of its score that an item has in the next place. */
  shareOf({ people: [author, reposter] }: Numbered<T>): number {
    return Math.min(this.#shares[author] ?? 1, this.#shares[reposter] ?? 1);
  }

  /** The worst rule that an item would break in the next place. */
  breaksWith({ people: [author, reposter], thread, item }: Numbered<T>): number {
    const runs = this.#runs;
    if (runs[author] === 1 || runs[reposter] === 1) return BREAKS.row;
    if (thread !== null && runs[thread] === 1) return BREAKS.row;
    const recently = this.#recently;
    const most = Math.max(recently[author] ?? 0, recently[reposter] ?? 0);
    if (most >= PERSON_MAX_EACH_PAGE) return BREAKS.share;
    const place = this.placed.length;
    if (item.neverLeads === true && place < LEAD_ITEMS) return BREAKS.leading;
    return item.waits === true && place < PAGE_DEFAULT_ITEMS ? BREAKS.waiting : BREAKS.nothing;
  }

  /** Marks the people and the thread that the scroll ends with, if they may have no further item. */
  #markRuns(mark: 0 | 1): void {
    const row = this.placed.slice(-PERSON_MAX_IN_A_ROW);
    for (const person of row[0]?.people ?? []) {
      if (row.length < PERSON_MAX_IN_A_ROW) continue;
      if (row.every(({ people }) => people.includes(person))) this.#runs[person] = mark;
    }
    const replies = this.placed.slice(-THREAD_MAX_IN_A_ROW);
    const thread = replies[0]?.thread ?? null;
    if (replies.length < THREAD_MAX_IN_A_ROW || thread === null) return;
    if (replies.every((other) => other.thread === thread)) this.#runs[thread] = mark;
  }
}

/** The factor for an item with `times` items of the same person above it: 1, 0.625, …, 0.25. */
export function authorShare(times: number): number {
  return (1 - AUTHOR_FLOOR) * AUTHOR_DECAY ** times + AUTHOR_FLOOR;
}
