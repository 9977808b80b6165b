/** What a viewer has paid attention to: posts seen, and the authors behind them. */
import type { Id, PostId, UserId } from "./ids.ts";
import type { Impression } from "./jobs.ts";
import {
  ATTENTION_HALF_LIFE_MS,
  ATTENTION_MAX_AUTHORS,
  ATTENTION_MAX_POSTS,
  ATTENTION_MAX_REPORTS,
} from "./limits.ts";

/** How often a post was seen, for how long in all, and whether it was opened. */
export interface Seen {
  times: number;
  dwellMs: number;
  opened: boolean;
}

/** What an author's posts got of the viewer, each decayed by half every two weeks. */
export interface Affinity {
  seen: number;
  dwellMs: number;
  opens: number;
  atMs: number;
}

/** Newest last in both; the oldest are forgotten. */
export interface Attention {
  posts: [PostId, Seen][];
  authors: [UserId, Affinity][];
  /** Reports that are in it, so that one that arrives again is not counted again. */
  reports: Id[];
}

export const NO_ATTENTION: Attention = { posts: [], authors: [], reports: [] };

/** What is known after a report. `authorOf` may not know a post's author any more. */
export function attend(
  known: Attention,
  report: { id: Id; items: readonly Impression[] },
  authorOf: (post: PostId) => UserId | undefined,
  nowMs: number,
): Attention {
  if (known.reports.includes(report.id)) return known;
  const posts = new Map(known.posts);
  const authors = new Map(known.authors);
  for (const { postId, dwellMs = 0, opened = false } of report.items) {
    const seen = posts.get(postId) ?? { times: 0, dwellMs: 0, opened: false };
    renew(posts, postId, {
      times: seen.times + 1,
      dwellMs: seen.dwellMs + dwellMs,
      opened: seen.opened || opened,
    });
    const author = authorOf(postId);
    if (author === undefined) continue;
    const before = decayed(authors.get(author), nowMs);
    renew(authors, author, {
      seen: before.seen + 1,
      dwellMs: before.dwellMs + dwellMs,
      opens: before.opens + (opened ? 1 : 0),
      atMs: nowMs,
    });
  }
  return {
    posts: newest(posts, ATTENTION_MAX_POSTS),
    authors: newest(authors, ATTENTION_MAX_AUTHORS),
    reports: [...known.reports, report.id].slice(-ATTENTION_MAX_REPORTS),
  };
}

/** An affinity as it counts now. */
function decayed(affinity: Affinity | undefined, nowMs: number): Affinity {
  if (affinity === undefined) return { seen: 0, dwellMs: 0, opens: 0, atMs: nowMs };
  const left = 2 ** (-Math.max(0, nowMs - affinity.atMs) / ATTENTION_HALF_LIFE_MS);
  return {
    seen: affinity.seen * left,
    dwellMs: affinity.dwellMs * left,
    opens: affinity.opens * left,
    atMs: nowMs,
  };
}

/** Maps keep the order of insertion: the last one in is the newest. */
function renew<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

function newest<K, V>(map: ReadonlyMap<K, V>, max: number): [K, V][] {
  return [...map].slice(-max);
}
