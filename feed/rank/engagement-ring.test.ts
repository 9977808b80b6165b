import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { ENGAGEMENT_BLOCK_ENTRIES, ENGAGEMENT_RING_ENTRIES } from "../limits.ts";
import { GrowingHistory, NO_HISTORY, type PostTraits } from "./engagement-history.ts";
import { foldEntries, postsWithoutTraits, type RingEntry, ringPlace } from "./engagement-ring.ts";

const NOW_MS = 1_800_000_000_000;
const id = (n: number): string => makeId(NOW_MS + n, 0, 0);
const traitsFrom = (n: number): PostTraits => ({ people: [id(n % 3)], contents: ["post"] });

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
        const expected = new GrowingHistory(NO_HISTORY);
        const ring = made.map(({ post, isReport, inWindow, dwellMs, afterMs }, n): RingEntry => {
          atMs += afterMs;
          const traits = traitsFrom(post);
          if (!isReport) {
            expected.recordEngagement(traits, { likes: 1 }, atMs);
            return { kind: "reaction", atMs, traits, delta: { likes: 1 } };
          }
          const items = [{ postId: id(post), dwellMs }];
          expected.recordImpressions({ id: id(n), items }, () => traits, atMs);
          const known = inWindow ? [[id(post), traits] as const] : [];
          return { kind: "report", id: id(n), atMs, items, traits: known };
        });
        const fromStore = new Map(postsWithoutTraits(ring).map((post) => [post, traitsFor(post)]));
        const traitsOf = (post: string) => fromStore.get(post);
        const folded = foldEntries(NO_HISTORY, ring.slice(0, cut), traitsOf);
        // The first part goes through storage.
        const whole = foldEntries(structuredClone(folded), ring.slice(cut), traitsOf);
        expect(whole).toEqual(expected.end());
      }),
    );
  });

  it("counts a post without traits as seen, and for nobody", () => {
    const items = [{ postId: id(7), dwellMs: 10 }];
    const entry = { kind: "report" as const, id: id(0), atMs: NOW_MS, items, traits: [] };
    const history = foldEntries(NO_HISTORY, [entry], () => undefined);
    expect(history.posts).toEqual([[id(7), { times: 1, dwellMs: 10, opened: false }]]);
    expect(history.authors).toEqual([]);
    expect(postsWithoutTraits([entry, entry])).toEqual([id(7)]);
  });

  it("overwrites no entry of the last ENGAGEMENT_RING_ENTRIES", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (newest) => {
        const slots = new Map<number, number>();
        for (let seq = 1; seq <= newest; seq++) {
          const { slot, first } = ringPlace(seq);
          expect(seq - first).toBeLessThan(ENGAGEMENT_BLOCK_ENTRIES);
          slots.set(slot, first);
        }
        const oldest = Math.min(...slots.values());
        expect(oldest).toBeLessThanOrEqual(Math.max(1, newest - ENGAGEMENT_RING_ENTRIES + 1));
      }),
      { numRuns: 30 },
    );
  });
});

function traitsFor(post: string): PostTraits {
  const n = [0, 1, 2, 3, 4, 5].find((each) => id(each) === post) ?? 0;
  return traitsFrom(n);
}
