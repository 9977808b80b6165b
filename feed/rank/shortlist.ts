/** Selects the candidates for the model from all visible entries. */
import { type Entry, entryAuthor } from "../timeline/entry.ts";
import { idTimeMs, newestFirst, type PostId, type UserId } from "../ids.ts";
import { OWN_FRESH_MS } from "../limits.ts";
import type { SeenBefore, ViewerFacts } from "./facts.ts";
import { firstStageScores } from "./first-stage-ranker.ts";

/** How many entries a shortlist has. */
export interface ShortlistLimit {
  max: number;
  /** Entries of one author or reposter, while others have any left. */
  each: number;
  nowMs: number;
}

/**
 * The best `max` entries by the first-stage ranker, best first, with at most `each` of one person
 * while others have any left. The viewer's own newest post is always among them while it is fresh.
 * @param seen how the viewer has seen a post; null if they have not, or if that is not known yet
 */
export function shortlist(
  viewer: ViewerFacts,
  entries: readonly Entry[],
  seen: (post: PostId) => SeenBefore | null,
  { max, each, nowMs }: ShortlistLimit,
): Entry[] {
  const items = entries.map(({ id, by, post }) => ({
    entry: id,
    author: post.author.id,
    by: by?.id ?? null,
    toViewer: post.replyTo?.author === viewer.id,
    seen: seen(post.id),
  }));
  const scores = firstStageScores(viewer, items, nowMs);
  for (const [n, entry] of entries.entries()) {
    if (isFreshOwn(entry, viewer, nowMs)) scores[n] = Infinity;
  }
  const best = entries
    .map((entry, n) => ({ entry, score: scores[n] ?? 0 }))
    .sort((a, b) => compare(b.score, a.score) || newestFirst(a.entry, b.entry));
  const brought = new Map<UserId, number>();
  const first: Entry[] = [];
  const further: Entry[] = [];
  for (const { entry } of best) {
    if (first.length === max) break;
    const people = new Set([entry.post.author.id, entryAuthor(entry)]);
    const isFree = [...people].every((person) => (brought.get(person) ?? 0) < each);
    (isFree ? first : further).push(entry);
    if (isFree) for (const person of people) brought.set(person, (brought.get(person) ?? 0) + 1);
  }
  return [...first, ...further].slice(0, max);
}

function isFreshOwn({ by, id, post }: Entry, viewer: ViewerFacts, nowMs: number): boolean {
  return by === null && post.author.id === viewer.id && nowMs - idTimeMs(id) < OWN_FRESH_MS;
}

/** Infinity minus Infinity is NaN, so the comparison comes first. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
