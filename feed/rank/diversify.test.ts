import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idsOf, original, repost } from "../../test/entries.ts";
import { hoursAgo, NOW_MS, personId } from "../../test/facts.ts";
import type { Entry } from "../timeline/entry.ts";
import type { Id } from "../ids.ts";
import { OWN_FRESH_MS, THREAD_MAX_IN_A_ROW } from "../limits.ts";
import { authorShare, diversify, type Scored } from "./diversify.ts";

const ME = personId(0);
const viewing = { viewer: ME, nowMs: NOW_MS };
/** The age of a fresh post in hours, and of the youngest that is not fresh. */
const FRESH_H = OWN_FRESH_MS / 3_600_000;

const postAt = (n: number): Id => hoursAgo(40 - n / 10, n);

/** Posts by few people, replies to the posts before them, and reposts; scores of both signs. */
const timelines: fc.Arbitrary<Scored[]> = fc
  .array(
    fc.record({
      author: fc.integer({ min: 1, max: 4 }),
      by: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 4 }),
      answers: fc.option(fc.nat(5), { freq: 1 }),
      score: fc.integer({ min: -10, max: 20 }),
    }),
    { maxLength: 25 },
  )
  .map((drawn) =>
    drawn.map(({ author, by, answers, score }, n) => {
      const replyTo =
        answers === null ? null : { id: postAt(n - 1 - answers), author: personId(1) };
      const post = { id: postAt(n), author: personId(author), replyTo };
      const entry =
        by === null ? original(post) : repost(hoursAgo(20 - n / 10, n), personId(by), post);
      return { entry, score };
    }),
  );

/** The first post of each reply's thread. */
function threads(items: readonly Scored[]): Map<Id, Id> {
  const posts = new Map(items.map(({ entry }) => [entry.post.id, entry.post]));
  const root = (id: Id): Id => {
    const above = posts.get(id)?.replyTo;
    return above === undefined || above === null ? id : root(above.id);
  };
  const replies = items.filter(({ entry }) => entry.post.replyTo !== null);
  return new Map(replies.map(({ entry }) => [entry.id, root(entry.post.id)]));
}

/** A naive model: applies the rules step by step to all remaining items. */
function naive(items: readonly Scored[]): Scored[] {
  const thread = threads(items);
  const left = [...items];
  const placed: Scored[] = [];
  const people = ({ post, by }: Entry) => [post.author.id, by?.id ?? post.author.id];
  const value = ({ entry, score }: Scored) => {
    const times = people(entry).map(
      (person) => placed.filter((above) => people(above.entry).includes(person)).length,
    );
    const share = authorShare(Math.max(...times));
    return score >= 0 ? score * share : score / share;
  };
  const runsOn = ({ entry }: Scored) => {
    const last = placed.slice(-THREAD_MAX_IN_A_ROW).map((above) => thread.get(above.entry.id));
    const own = thread.get(entry.id);
    return own !== undefined && last.length === THREAD_MAX_IN_A_ROW && last.every((t) => t === own);
  };
  while (left.length > 0) {
    const best = left.toSorted(
      (a, b) =>
        Number(runsOn(a)) - Number(runsOn(b)) ||
        value(b) - value(a) ||
        (a.entry.id < b.entry.id ? 1 : -1),
    )[0];
    if (best === undefined) break;
    placed.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return placed;
}

const order = (items: readonly Scored[]) => idsOf(items.map(({ entry }) => entry));

describe("the order of a page", () => {
  it("holds every item exactly once", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items, viewing)).sort()).toEqual(order(items).sort());
      }),
    );
  });

  it("equals the naive model's, which applies the rules step by step", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items, viewing))).toEqual(order(naive(items)));
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on the order of its input", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items.toReversed(), viewing))).toEqual(
          order(diversify(items, viewing)),
        );
      }),
    );
  });

  it("has three consecutive replies of a thread only if nothing else is left", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        const thread = threads(items);
        const placed = order(diversify(items, viewing)).map((id) => thread.get(id));
        const runs = placed.flatMap((own, at) => {
          const run = placed.slice(Math.max(0, at - THREAD_MAX_IN_A_ROW), at + 1);
          const long = own !== undefined && run.length > THREAD_MAX_IN_A_ROW;
          return long && run.every((other) => other === own) ? [placed.slice(at)] : [];
        });
        for (const rest of runs) expect(new Set(rest).size).toBe(1);
      }),
    );
  });
});

describe("an author's items", () => {
  const by = (author: number, n: number, score: number): Scored => ({
    entry: original({ id: postAt(n), author: personId(author) }),
    score,
  });

  it("count half as much for each earlier one, and at least a quarter", () => {
    expect([0, 1, 2].map(authorShare)).toEqual([1, 0.625, 0.4375]);
    expect(authorShare(30)).toBeCloseTo(0.25);
  });

  it("give way to another author's item", () => {
    const items = [by(1, 1, 10), by(1, 2, 9), by(1, 3, 8), by(2, 4, 6)];
    expect(order(diversify(items, viewing))).toEqual([1, 4, 2, 3].map(postAt));
  });

  it("with negative scores sink further", () => {
    const items = [by(1, 1, -1), by(1, 2, -1.1), by(2, 3, -1.5)];
    expect(order(diversify(items, viewing))).toEqual([1, 3, 2].map(postAt));
  });

  it("count for their reposter as well as for their author", () => {
    const reposted = (n: number, score: number): Scored => ({
      entry: repost(postAt(n), personId(9), { id: postAt(n - 10), author: personId(n) }),
      score,
    });
    const items = [reposted(11, 10), reposted(12, 9), by(2, 3, 6)];
    expect(order(diversify(items, viewing))).toEqual([11, 3, 12].map(postAt));
  });
});

describe("the viewer's own newest post", () => {
  const own = (hours: number, n: number): Scored => ({
    entry: original({ id: hoursAgo(hours, n), author: ME }),
    score: -5,
  });
  const other: Scored = { entry: original({ id: hoursAgo(1), author: personId(1) }), score: 5 };

  it("is on top while it is fresh, unlike older ones", () => {
    const items = [own(FRESH_H * 0.5, 1), other, own(FRESH_H * 0.2, 2)];
    expect(order(diversify(items, viewing))).toEqual(
      order([own(FRESH_H * 0.2, 2), other, own(FRESH_H * 0.5, 1)]),
    );
  });

  it("is ranked like any other once it is not fresh", () => {
    expect(order(diversify([own(FRESH_H, 1), other], viewing))[0]).toBe(other.entry.id);
  });

  it("is never a repost by the viewer", () => {
    const shared: Scored = {
      entry: repost(hoursAgo(0), ME, { id: hoursAgo(3), author: personId(2) }),
      score: -5,
    };
    expect(order(diversify([shared, other], viewing))[0]).toBe(other.entry.id);
  });
});
