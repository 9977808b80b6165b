/** Selects the candidates for the model from all visible entries. */
import { type Entry, entryAuthor } from "../timeline/entry.ts";
import { idTimeMs, newestFirst, type PostId, type UserId } from "../ids.ts";
import { OWN_FRESH_MS } from "../limits.ts";
import type { SeenBefore, ViewerFacts } from "./facts.ts";
import { firstStageScores } from "./first-stage-ranker.ts";

/**
 * The best `max` entries by the first-stage ranker, best first. The viewer's own newest post is always
 * among them while it is fresh.
 */
export function shortlist(
  viewer: ViewerFacts,
  entries: readonly Entry[],
  seen: (post: PostId) => SeenBefore | null,
  { max, nowMs }: { max: number; nowMs: number },
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
  // Numbers alone sort fast; then few entries are left to sort.
  const least = scores.toSorted().at(-max) ?? -Infinity;
  return entries
    .flatMap((entry, n) => {
      const score = scores[n] ?? 0;
      return score >= least ? [{ entry, score }] : [];
    })
    .sort((a, b) => compare(b.score, a.score) || newestFirst(a.entry, b.entry))
    .slice(0, max)
    .map(({ entry }) => entry);
}

/**
 * The best `max` entries of many authors, with at most `each` of one author while others have any left.
 * It does not know yet which of them the viewer has seen.
 */
export function shortlistOfMany(
  viewer: ViewerFacts,
  entries: readonly Entry[],
  { max, each, nowMs }: { max: number; each: number; nowMs: number },
): Entry[] {
  const best = shortlist(viewer, entries, () => null, { max: entries.length, nowMs });
  const brought = new Map<UserId, number>();
  const first: Entry[] = [];
  const further: Entry[] = [];
  for (const entry of best) {
    const author = entryAuthor(entry);
    const count = (brought.get(author) ?? 0) + 1;
    brought.set(author, count);
    (count <= each ? first : further).push(entry);
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
