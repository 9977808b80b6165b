/**
 * The order of a ranked page: by score, but so that nobody dominates it and no thread runs on. Every
 * item is placed, exactly once; only the order is decided here.
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
  /** Its author, and who brought it if that is someone else. */
  people: readonly UserId[];
  /** For a reply. */
  thread: Id | undefined;
}

interface Waiting<T> {
  candidate: Candidate<T>;
  /** What it was worth when it was put in the queue; decay can only have lessened it. */
  value: number;
}

/** The best that may stand next; of a thread that has run long enough only if nothing else is left. */
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
  /** Of the items so far. */
  readonly #threads: (Id | undefined)[] = [];

  add({ item, people, thread }: Candidate<T>): void {
    this.items.push(item);
    this.#threads.push(thread);
    for (const person of people) this.#times.set(person, (this.#times.get(person) ?? 0) + 1);
  }

  /** The score as decayed now. A negative one is moved down as well: towards 0 would be up. */
  valueOf({ item, people }: Candidate<T>): number {
    let times = 0;
    for (const person of people) times = Math.max(times, this.#times.get(person) ?? 0);
    const share = authorShare(times);
    return item.score >= 0 ? item.score * share : item.score / share;
  }

  /** Whether the page ends with as many replies of the candidate's thread as may stand in a row. */
  runsOn({ thread }: Candidate<T>): boolean {
    const last = this.#threads.slice(-THREAD_MAX_IN_A_ROW);
    return (
      thread !== undefined &&
      last.length === THREAD_MAX_IN_A_ROW &&
      last.every((other) => other === thread)
    );
  }
}

/** What an item counts for when `times` items of the same person stand above it: 1, 0.625, …, 0.25. */
export function authorShare(times: number): number {
  return (1 - AUTHOR_FLOOR) * AUTHOR_DECAY ** times + AUTHOR_FLOOR;
}

function peopleOf(entry: Entry): UserId[] {
  const [author, reposter] = [entry.post.author.id, entryAuthor(entry)];
  return author === reposter ? [author] : [author, reposter];
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
  return own.toSorted((a, b) => newestFirst(a.entry, b.entry))[0];
}
