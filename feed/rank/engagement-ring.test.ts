import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { ENGAGEMENT_FOLD_ENTRIES, ENGAGEMENT_RING_ENTRIES } from "../limits.ts";
import {
  NO_HISTORY,
  type PostTraits,
  recordEngagement,
  recordImpressions,
} from "./engagement-history.ts";
import { foldEntry, postsWithoutTraits, type RingEntry, ringSlot } from "./engagement-ring.ts";

const NOW_MS = 1_800_000_000_000;
const id = (n: number): string => makeId(NOW_MS + n, 0, 0);
const traitsOf = (n: number): PostTraits => ({ people: [id(n % 3)], contents: ["post"] });
const NONE: ReadonlyMap<string, PostTraits> = new Map();

const entries = fc.array(
  fc.record({
    post: fc.nat(5),
    isReport: fc.boolean(),
    inWindow: fc.boolean(),
    dwellMs: fc.nat(90_000),
    afterMs: fc.nat(10_000_000),
  }),
  { maxLength: 30 },
);

describe("the ring of engagement", () => {
  it("gives the same history wherever it is folded as entries recorded one by one", () => {
    fc.assert(
      fc.property(entries, fc.nat(30), (made, cut) => {
        let atMs = NOW_MS;
        let expected = NO_HISTORY;
        const ring = made.map(({ post, isReport, inWindow, dwellMs, afterMs }, n): RingEntry => {
          atMs += afterMs;
          const traits = traitsOf(post);
          if (!isReport) {
            expected = recordEngagement(expected, traits, { likes: 1 }, atMs);
            return { kind: "reaction", atMs, traits, delta: { likes: 1 } };
          }
          const items = [{ postId: id(post), dwellMs }];
          expected = recordImpressions(expected, { id: id(n), items }, () => traits, atMs);
          const known = inWindow ? [[id(post), traits] as const] : [];
          return { kind: "report", id: id(n), atMs, items, traits: known };
        });
        const fromStore = new Map(postsWithoutTraits(ring).map((post) => [post, traitsFor(post)]));
        const folded = ring
          .slice(0, cut)
          .reduce((history, entry) => foldEntry(history, entry, fromStore), NO_HISTORY);
        // The first part goes through storage.
        const stored: typeof folded = structuredClone(folded);
        const whole = ring
          .slice(cut)
          .reduce((history, entry) => foldEntry(history, entry, fromStore), stored);
        expect(whole).toEqual(expected);
      }),
    );
  });

  it("counts a post without traits as seen, and for nobody", () => {
    const items = [{ postId: id(7), dwellMs: 10 }];
    const entry = { kind: "report" as const, id: id(0), atMs: NOW_MS, items, traits: [] };
    const history = foldEntry(NO_HISTORY, entry, NONE);
    expect(history.posts).toEqual([[id(7), { times: 1, dwellMs: 10, opened: false }]]);
    expect(history.authors).toEqual([]);
    expect(postsWithoutTraits([entry, entry])).toEqual([id(7)]);
  });

  it("overwrites the oldest entry, and is folded before that", () => {
    const slots = Array.from({ length: ENGAGEMENT_RING_ENTRIES }, (_, n) => ringSlot(n + 1));
    expect(new Set(slots).size).toBe(ENGAGEMENT_RING_ENTRIES);
    expect(ringSlot(1)).toBe(ringSlot(1 + ENGAGEMENT_RING_ENTRIES));
    expect(ENGAGEMENT_FOLD_ENTRIES).toBeLessThan(ENGAGEMENT_RING_ENTRIES);
  });
});

function traitsFor(post: string): PostTraits {
  const n = [0, 1, 2, 3, 4, 5].find((each) => id(each) === post) ?? 0;
  return traitsOf(n);
}
