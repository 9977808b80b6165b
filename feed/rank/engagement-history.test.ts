import { describe, expect, it } from "vitest";
import {
  type EngagementHistory,
  GrowingHistory,
  NO_HISTORY,
  type PostTraits,
  type TraitsOf,
} from "./engagement-history.ts";
import type { EngagementDelta } from "./engagement.ts";
import type { Impression } from "../delivery/jobs.ts";
import { makeId } from "../ids.ts";
import { NO_ENGAGEMENT } from "./engagement.ts";
import {
  ENGAGEMENT_HALF_LIFE_MS,
  HISTORY_MAX_AUTHORS,
  HISTORY_MAX_POSTS,
  HISTORY_MAX_REPORTS,
  IMPRESSIONS_MAX_ITEMS,
} from "../limits.ts";

const NOW_MS = 1_800_000_000_000;
const id = (n: number): string => makeId(NOW_MS + n, 0, 0);
const [post, other, author] = [id(1), id(2), id(3)];
const hers: PostTraits = { people: [author], contents: ["post", "link"] };
const wrote = (of: string) => (seen: string) => (seen === of ? hers : undefined);
const byItself = (of: string): PostTraits => ({ people: [of], contents: [] });

const NONE = { ...NO_ENGAGEMENT, atMs: NOW_MS };

function recordImpressions(
  known: EngagementHistory,
  report: { id: string; items: readonly Impression[] },
  traitsOf: TraitsOf,
  nowMs: number,
): EngagementHistory {
  const growing = new GrowingHistory(known);
  growing.recordImpressions(report, traitsOf, nowMs);
  return growing.end();
}

function recordEngagement(
  known: EngagementHistory,
  traits: PostTraits,
  delta: EngagementDelta,
  nowMs: number,
): EngagementHistory {
  const growing = new GrowingHistory(known);
  growing.recordEngagement(traits, delta, nowMs);
  return growing.end();
}

/** Consecutive reports of one item each. */
function reports(count: number, postOf: (n: number) => string): EngagementHistory {
  let known = NO_HISTORY;
  for (let n = 0; n < count; n++) {
    known = recordImpressions(
      known,
      { id: id(n), items: [{ postId: postOf(n) }] },
      byItself,
      NOW_MS,
    );
  }
  return known;
}

describe("an engagement history", () => {
  it("adds the impressions of a report to each post, and to the authors that it knows", () => {
    const items = [
      { postId: post, dwellMs: 300 },
      { postId: other, opened: true },
      { postId: post, dwellMs: 200, opened: true },
      { postId: post },
    ];
    const known = recordImpressions(NO_HISTORY, { id: id(0), items }, wrote(post), NOW_MS);
    expect(new Map(known.posts)).toEqual(
      new Map([
        [post, { times: 3, dwellMs: 500, opened: true }],
        [other, { times: 1, dwellMs: 0, opened: true }],
      ]),
    );
    expect(known.authors).toEqual([[author, { ...NONE, seen: 3, dwellMs: 500, opens: 1 }]]);
  });

  it("counts a repeated report once", () => {
    const report = { id: id(0), items: [{ postId: post, dwellMs: 300 }] };
    const known = recordImpressions(NO_HISTORY, report, wrote(post), NOW_MS);
    expect(recordImpressions(known, report, wrote(post), NOW_MS + 1)).toEqual(known);
  });

  it("of an author halves every half-life, and does not grow when a clock goes back", () => {
    const items = [{ postId: post, dwellMs: 400, opened: true }];
    const once = recordImpressions(NO_HISTORY, { id: id(0), items }, wrote(post), NOW_MS);
    const laterMs = NOW_MS + ENGAGEMENT_HALF_LIFE_MS;
    const later = recordImpressions(once, { id: id(1), items }, wrote(post), laterMs);
    expect(later.authors).toEqual([
      [author, { ...NONE, seen: 1.5, dwellMs: 600, opens: 1.5, atMs: laterMs }],
    ]);
    const earlier = recordImpressions(once, { id: id(1), items }, wrote(post), NOW_MS - 1_000);
    expect(earlier.authors[0]?.[1]).toMatchObject({ seen: 2, dwellMs: 800, opens: 2 });
  });

  it("counts for a post's author and reposter, for its kinds, and overall", () => {
    const about = { people: [author, other], contents: ["repost" as const] };
    const known = recordEngagement(NO_HISTORY, about, { likes: 1 }, NOW_MS);
    const liked = { ...NONE, likes: 1 };
    expect(known.authors).toEqual([
      [author, liked],
      [other, liked],
    ]);
    expect(known.overall).toEqual(liked);
    expect(known.contents).toEqual({ ...NO_HISTORY.contents, repost: liked });
  });

  it("subtracts an undone reaction, and is never negative", () => {
    const liked = recordEngagement(NO_HISTORY, hers, { likes: 1 }, NOW_MS);
    const later = NOW_MS + ENGAGEMENT_HALF_LIFE_MS;
    const undone = recordEngagement(liked, hers, { likes: -1 }, later);
    expect(undone.overall).toEqual({ ...NO_ENGAGEMENT, atMs: later });
  });

  it("is bounded, and drops the oldest", () => {
    const posts = reports(HISTORY_MAX_POSTS + 5, (n) => id(n));
    expect(posts.posts).toHaveLength(HISTORY_MAX_POSTS);
    expect(posts.posts.map(([seen]) => seen)).not.toContain(id(4));
    expect(posts.authors).toHaveLength(HISTORY_MAX_AUTHORS);
    expect(posts.authors.at(-1)?.[0]).toBe(id(HISTORY_MAX_POSTS + 4));
    expect(posts.reports).toHaveLength(HISTORY_MAX_REPORTS);
  });

  it("keeps a post that is seen again, however old", () => {
    const known = reports(HISTORY_MAX_POSTS + 50, (n) => (n % 100 === 0 ? post : id(n + 10)));
    expect(known.posts.find(([seen]) => seen === post)?.[1].times).toBe(21);
    expect(known.posts.length).toBeLessThanOrEqual(HISTORY_MAX_POSTS);
  });

  it("of the largest size fits a row of two megabytes", () => {
    expect(IMPRESSIONS_MAX_ITEMS).toBeLessThanOrEqual(HISTORY_MAX_POSTS);
    const known = reports(HISTORY_MAX_POSTS, (n) => id(n));
    expect(JSON.stringify(known).length).toBeLessThan(500_000);
  });
});
