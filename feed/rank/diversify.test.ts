import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hoursAgo, personId } from "../../test/facts.ts";
import type { Id, UserId } from "../ids.ts";
import {
  LEAD_ITEMS,
  PAGE_DEFAULT_ITEMS,
  PERSON_MAX_EACH_PAGE,
  PERSON_MAX_IN_A_ROW,
  RANK_CANDIDATES_MAX,
  THREAD_MAX_IN_A_ROW,
} from "../limits.ts";
import { authorShare, diversify, type Placeable } from "./diversify.ts";

const postAt = (n: number): Id => hoursAgo(40 - n / 10, n);

/** Items of few people and threads, some of which wait or never lead; scores of both signs. */
const timelines: fc.Arbitrary<Placeable[]> = fc
  .array(
    fc.record({
      author: fc.integer({ min: 1, max: 5 }),
      by: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 4 }),
      thread: fc.option(fc.integer({ min: 100, max: 102 }), { freq: 1 }),
      waits: fc.boolean(),
      neverLeads: fc.boolean(),
      score: fc.integer({ min: -10, max: 20 }),
    }),
    { maxLength: 45 },
  )
  .map((drawn) =>
    drawn.map(({ author, by, thread, ...rest }, n) => ({
      ...rest,
      id: postAt(n),
      people: [...new Set([personId(author), personId(by ?? author)])],
      thread: thread === null ? undefined : personId(thread),
    })),
  );

const order = (items: readonly Placeable[]) => items.map(({ id }) => id);

/** Which rule an item breaks after those above it: a higher number is worse. Said once more, plainly. */
function broken(above: readonly Placeable[], item: Placeable): number {
  const endsWith = (many: number, is: (other: Placeable) => boolean) =>
    above.length >= many && above.slice(-many).every(is);
  const rowOf = (person: UserId) =>
    endsWith(PERSON_MAX_IN_A_ROW, ({ people }) => people.includes(person));
  const { thread } = item;
  if (item.people.some(rowOf)) return 4;
  if (thread !== undefined && endsWith(THREAD_MAX_IN_A_ROW, (o) => o.thread === thread)) return 4;
  const page = above.slice(Math.max(0, above.length - PAGE_DEFAULT_ITEMS + 1));
  const onPage = (person: UserId) => page.filter(({ people }) => people.includes(person)).length;
  if (item.people.some((person) => onPage(person) >= PERSON_MAX_EACH_PAGE)) return 3;
  if (item.neverLeads === true && above.length < LEAD_ITEMS) return 2;
  return item.waits === true && above.length < PAGE_DEFAULT_ITEMS ? 1 : 0;
}

/** A naive model: applies the rules step by step to all remaining items. */
function naive(items: readonly Placeable[]): Placeable[] {
  const left = [...items];
  const placed: Placeable[] = [];
  const value = ({ people, score }: Placeable) => {
    const times = people.map((person) => placed.filter((o) => o.people.includes(person)).length);
    const share = authorShare(Math.max(...times));
    return score >= 0 ? score * share : score / share;
  };
  while (left.length > 0) {
    const best = left.toSorted(
      (a, b) =>
        broken(placed, a) - broken(placed, b) || value(b) - value(a) || (a.id < b.id ? 1 : -1),
    )[0];
    if (best === undefined) break;
    placed.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return placed;
}

describe("the order of a ranked scroll", () => {
  it("holds every item exactly once", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items)).sort()).toEqual(order(items).sort());
      }),
    );
  });

  it("equals the naive model's, which applies the rules step by step", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items))).toEqual(order(naive(items)));
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on the order of its input", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        expect(order(diversify(items.toReversed()))).toEqual(order(diversify(items)));
      }),
    );
  });

  it("breaks a rule only where every item that is left breaks one as bad", () => {
    fc.assert(
      fc.property(timelines, (items) => {
        const placed = diversify(items);
        for (const [n, item] of placed.entries()) {
          const least = Math.min(...placed.slice(n).map((o) => broken(placed.slice(0, n), o)));
          expect(broken(placed.slice(0, n), item)).toBe(least);
        }
      }),
    );
  });
});

describe("one person's items", () => {
  const by = (author: number, n: number, score: number): Placeable => ({
    id: postAt(n),
    people: [personId(author)],
    score,
  });

  it("count half as much for each earlier one, and at least a quarter", () => {
    expect([0, 1, 2].map(authorShare)).toEqual([1, 0.625, 0.4375]);
    expect(authorShare(30)).toBeCloseTo(0.25);
  });

  it("give way to another author's item", () => {
    const items = [by(1, 1, 10), by(1, 2, 9), by(1, 3, 8), by(2, 4, 6)];
    expect(order(diversify(items))).toEqual([1, 4, 2, 3].map(postAt));
  });

  it("with negative scores sink further", () => {
    const items = [by(1, 1, -1), by(1, 2, -1.1), by(2, 3, -1.5)];
    expect(order(diversify(items))).toEqual([1, 3, 2].map(postAt));
  });

  it("count for their reposter as well as for their author", () => {
    const reposted = (n: number, score: number): Placeable => ({
      id: postAt(n),
      people: [personId(n), personId(9)],
      score,
    });
    const items = [reposted(11, 10), reposted(12, 9), by(2, 3, 6)];
    expect(order(diversify(items))).toEqual([11, 3, 12].map(postAt));
  });

  it("take at most five of any twenty places and two in a row, however much better they are", () => {
    const favourite = Array.from({ length: 30 }, (_, n) => by(1, n, 1_000 - n));
    const others = Array.from({ length: 70 }, (_, n) => by(2 + (n % 10), 30 + n, 1 + n / 100));
    const placed = diversify([...favourite, ...others]).map(({ people }) => people[0]);
    const mine = (places: typeof placed) => places.filter((one) => one === personId(1)).length;
    for (let from = 0; from + 20 <= 80; from++) {
      expect(mine(placed.slice(from, from + 20)), `from ${from}`).toBeLessThanOrEqual(5);
      expect(mine(placed.slice(from, from + 3)), `from ${from}`).toBeLessThanOrEqual(2);
    }
    expect(mine(placed.slice(0, 20))).toBe(5);
  });

  it("take more of a page once others have nothing left", () => {
    const favourite = Array.from({ length: 20 }, (_, n) => by(1, n, 100 - n));
    const placed = diversify([...favourite, by(2, 50, 1), by(3, 51, 1)]);
    expect(placed).toHaveLength(22);
    expect(placed.slice(0, 20).filter(({ people }) => people[0] === personId(1))).toHaveLength(18);
  });
});

it("the worst order of the most candidates looks at no more than half their square of items", () => {
  // All are of one person, so every place breaks a rule and no look can end early.
  let reads = 0;
  const items = Array.from({ length: RANK_CANDIDATES_MAX }, (_, n): Placeable => ({
    id: postAt(n),
    people: [personId(1)],
    get score() {
      reads++;
      return 1;
    },
  }));
  diversify(items);
  // Each look reads the score once, and so does each comparison of the sort.
  const looks = (RANK_CANDIDATES_MAX * (RANK_CANDIDATES_MAX + 1)) / 2;
  expect(reads).toBeGreaterThanOrEqual(looks);
  expect(reads).toBeLessThanOrEqual(looks + 2 * RANK_CANDIDATES_MAX * 10);
});
