/**
 * The order of a ranked page: by score, but no author dominates it and no thread runs on. Every item is
 * placed exactly once.
 */
import { type Entry, entryAuthor } from "../timeline/entry.ts";
import { type Id, idTimeMs, newestFirst, type UserId } from "../ids.ts";
import { OWN_FRESH_MS, THREAD_MAX_IN_A_ROW } from "../limits.ts";
import { PriorityQueue } from "./priority-queue.ts";

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

/** The viewer, and the time of the page. */
export interface Viewing {
  viewer: UserId;
  nowMs: number;
}

/**
 * Sorts items by their scores, decayed by the number of items of the same people above. An item counts
 * for its author and for its reposter, because somebody who reposts a lot dominates a page like somebody
 * who writes a lot; the one with more items above decides. No more than two consecutive items are
 * replies of one thread while anything else is left. The viewer's own newest post is on top while it is
 * fresh. Equal scores sort newest first, so that the order depends on the input alone.
 */
export function diversify<T extends Scored>(items: readonly T[], viewing: Viewing): T[] {
  const threads = threadsOf(items);
  const own = freshOwn(items, viewing);
  const placed = new Placed<T>();
  const candidates = items.map((item) => ({
    item,
    people: peopleOf(item.entry),
    thread: threads.get(item.entry.id),
  }));
  for (const candidate of candidates) if (candidate.item === own) placed.add(candidate);
  const queue = new PriorityQueue<Waiting<T>>(
    candidates
      .filter(({ item }) => item !== own)
      .map((candidate) => ({ candidate, value: placed.valueOf(candidate) })),
    (a, b) => b.value - a.value || newestFirst(a.candidate.item.entry, b.candidate.item.entry),
  );
  for (let next = takeNext(queue, placed); next !== undefined; next = takeNext(queue, placed)) {
    placed.add(next);
  }
  return placed.items;
}

interface Candidate<T> {
  item: T;
  /** Its author, and its reposter if that is another account. */
  people: readonly UserId[];
  /** The thread of a reply. */
  thread: Id | undefined;
}

interface Waiting<T> {
  candidate: Candidate<T>;
  /** Its decayed score when it entered the queue; since then it can only have fallen. */
  value: number;
}

/** The best item that may come next; one of a thread that has run long enough only if nothing else is left. */
function takeNext<T extends Scored>(
  queue: PriorityQueue<Waiting<T>>,
  placed: Placed<T>,
): Candidate<T> | undefined {
  const passedOver: Waiting<T>[] = [];
  let found: Candidate<T> | undefined;
  while (found === undefined) {
    const best = queue.pop();
    if (best === undefined) break;
    const value = placed.valueOf(best.candidate);
    if (value < best.value) queue.push({ ...best, value });
    else if (placed.runsOn(best.candidate)) passedOver.push(best);
    else found = best.candidate;
  }
  found ??= passedOver.shift()?.candidate;
  for (const waiting of passedOver) queue.push(waiting);
  return found;
}

/** The page so far. */
class Placed<T extends Scored> {
  readonly items: T[] = [];
  readonly #times = new Map<UserId, number>();
  /** The number of items so far, by person. */
  readonly #threads: (Id | undefined)[] = [];

  add({ item, people, thread }: Candidate<T>): void {
    this.items.push(item);
    this.#threads.push(thread);
    for (const person of people) this.#times.set(person, (this.#times.get(person) ?? 0) + 1);
  }

  /** The score, decayed now. A negative score is divided, because multiplying would raise it. */
  valueOf({ item, people }: Candidate<T>): number {
    let times = 0;
    for (const person of people) times = Math.max(times, this.#times.get(person) ?? 0);
    const share = authorShare(times);
    return item.score >= 0 ? item.score * share : item.score / share;
  }

  /** Whether the page ends with the most consecutive replies of the candidate's thread. */
  runsOn({ thread }: Candidate<T>): boolean {
    const last = this.#threads.slice(-THREAD_MAX_IN_A_ROW);
    return (
      thread !== undefined &&
      last.length === THREAD_MAX_IN_A_ROW &&
      last.every((other) => other === thread)
    );
  }
}

/** The factor for an item with `times` items of the same person above it: 1, 0.625, …, 0.25. */
export function authorShare(times: number): number {
  return (1 - AUTHOR_FLOOR) * AUTHOR_DECAY ** times + AUTHOR_FLOOR;
}

function peopleOf(entry: Entry): UserId[] {
  const [author, reposter] = [entry.post.author.id, entryAuthor(entry)];
  return author === reposter ? [author] : [author, reposter];
}

/**
 * The thread of each entry that shows a reply: the oldest post that its chain of replies reaches among
 * these items. Replies to the same absent post share a thread.
 */
function threadsOf(items: readonly Scored[]): Map<Id, Id> {
  const parents = new Map(
    items.flatMap(({ entry: { post } }) =>
      post.replyTo === null ? [] : [[post.id, post.replyTo.id] as const],
    ),
  );
  const rootOf = (post: Id): Id => {
    // A post is newer than its parent, so this ends; `above` guarantees that for bad data too.
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
  return own.toSorted((a, b) => newestFirst(a.entry, b.entry))[0];
}
