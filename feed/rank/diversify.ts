/**
 * The order of a ranked page: by score, but so that nobody dominates it and no thread runs on. Every
 * item is placed, exactly once; only the order is decided here.
 */
import { type Entry, entryAuthor } from "../entry.ts";
import { type Id, idTimeMs, type UserId } from "../ids.ts";
import { OWN_FRESH_MS, THREAD_MAX_IN_A_ROW } from "../limits.ts";
import { Queue } from "./queue.ts";

/** An entry with its score. */
export interface Scored {
  entry: Entry;
  score: number;
}

/**
 * Each further item of an author counts half as much, but never less than a quarter: X's
 * `AuthorDiversityDecay` and `AuthorDiversityFloor`.
 */
const AUTHOR_DECAY = 0.5;
const AUTHOR_FLOOR = 0.25;

/** Whose page it is, and when. */
export interface Viewing {
  viewer: UserId;
  nowMs: number;
}

/**
 * Puts items in the order of their scores, as decayed by how many items of the same people already
 * stand above. Somebody who reposts a lot dominates like somebody who writes a lot, so an item counts
 * for its author and for who brought it, and the one with more of them decides. No more than two
 * replies of one thread stand in a row while there is anything else left to place. The viewer's own
 * newest post stands on top while it is fresh. Equal scores stand newest first, so the order depends on
 * nothing but its input.
 */
export function diversify<T extends Scored>(items: readonly T[], viewing: Viewing): T[] {
  const placed = new Placed<T>(threadsOf(items));
  const own = freshOwn(items, viewing);
  if (own !== undefined) placed.add(own);
  const rest = items.filter((item) => item !== own);
  const queue = new Queue(
    rest.map((item) => ({ item, value: placed.valueOf(item) })),
    (a, b) => b.value - a.value || (a.item.entry.id < b.item.entry.id ? 1 : -1),
  );
  while (placed.items.length < items.length) {
    const next = takeNext(queue, placed);
    if (next === undefined) break;
    placed.add(next);
  }
  return placed.items;
}

interface Waiting<T> {
  item: T;
  /** What it was worth when it was put in the queue; decay can only have lessened it. */
  value: number;
}

/** The best that may stand next; of a thread that has run long enough only if nothing else is left. */
function takeNext<T extends Scored>(queue: Queue<Waiting<T>>, placed: Placed<T>): T | undefined {
  const passedOver: Waiting<T>[] = [];
  let found: T | undefined;
  for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
    const value = placed.valueOf(best.item);
    if (value < best.value) queue.push({ item: best.item, value });
    else if (placed.runsOn(best.item)) passedOver.push(best);
    else {
      found = best.item;
      break;
    }
  }
  const [first] = passedOver;
  const kept = found === undefined ? passedOver.slice(1) : passedOver;
  for (const waiting of kept) queue.push(waiting);
  return found ?? first?.item;
}

/** The page so far. */
class Placed<T extends Scored> {
  readonly items: T[] = [];
  readonly #times = new Map<UserId, number>();
  readonly #threads: ReadonlyMap<Id, Id>;

  constructor(threads: ReadonlyMap<Id, Id>) {
    this.#threads = threads;
  }

  add(item: T): void {
    this.items.push(item);
    for (const person of peopleOf(item)) this.#times.set(person, this.#timesOf(person) + 1);
  }

  /** The score as decayed now. A negative one is moved down as well: towards 0 would be up. */
  valueOf(item: T): number {
    const times = Math.max(...peopleOf(item).map((person) => this.#timesOf(person)));
    const share = authorShare(times);
    return item.score >= 0 ? item.score * share : item.score / share;
  }

  /** Whether the page ends with as many replies of the item's thread as may stand in a row. */
  runsOn(item: T): boolean {
    const thread = this.#threads.get(item.entry.id);
    if (thread === undefined) return false;
    const last = this.items.slice(-THREAD_MAX_IN_A_ROW);
    return (
      last.length === THREAD_MAX_IN_A_ROW &&
      last.every(({ entry }) => this.#threads.get(entry.id) === thread)
    );
  }

  #timesOf(person: UserId): number {
    return this.#times.get(person) ?? 0;
  }
}

/** What an item counts for when `times` items of the same person stand above it: 1, 0.625, …, 0.25. */
export function authorShare(times: number): number {
  return (1 - AUTHOR_FLOOR) * AUTHOR_DECAY ** times + AUTHOR_FLOOR;
}

function peopleOf({ entry }: Scored): UserId[] {
  return [...new Set([entry.post.author.id, entryAuthor(entry)])];
}

/**
 * The thread of each entry that shows a reply: the oldest post that is reached through replies among
 * these items. A reply that answers a post that is not here begins a thread with its siblings.
 */
function threadsOf(items: readonly Scored[]): Map<Id, Id> {
  const parents = new Map(
    items.flatMap(({ entry: { post } }) =>
      post.replyTo === null ? [] : [[post.id, post.replyTo.id] as const],
    ),
  );
  const rootOf = (post: Id): Id => {
    // A post is newer than what it answers, so this ends; `above` holds that against bad data too.
    let root = post;
    for (let above = parents.get(root); above !== undefined && above < root;) {
      root = above;
      above = parents.get(root);
    }
    return root;
  };
  return new Map(
    items
      .filter(({ entry }) => entry.post.replyTo !== null)
      .map(({ entry }) => [entry.id, rootOf(entry.post.id)]),
  );
}

/** The viewer's newest own post, if it is fresh. */
function freshOwn<T extends Scored>(
  items: readonly T[],
  { viewer, nowMs }: Viewing,
): T | undefined {
  const own = items.filter(
    ({ entry }) =>
      entry.by === null &&
      entry.post.author.id === viewer &&
      nowMs - idTimeMs(entry.id) < OWN_FRESH_MS,
  );
  return own.toSorted((a, b) => (a.entry.id < b.entry.id ? 1 : -1))[0];
}
