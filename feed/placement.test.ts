import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS } from "./limits.ts";
import {
  firstMoves,
  type Located,
  PlacementMap,
  placeKind,
  placeName,
  planMoves,
  spread,
  spreadOf,
} from "./placement.ts";

const PLACES = ["d1:DB_0", "d1:DB_1", "d1:DB_2", "upstash:0", "upstash:1", "objects"];
const bucket = fc.nat(BUCKETS - 1);
const places = fc.uniqueArray(fc.constantFrom(...PLACES), { minLength: 1 });

/** A history of moves: the place of a bucket by version. */
const histories = fc.dictionary(
  bucket.map(String),
  fc.array(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 5 }),
);
const factsOf = (history: Record<string, string[]>): Located[] =>
  Object.entries(history).flatMap(([b, stays]) =>
    stays.map((place, version) => ({ bucket: Number(b), place, version })),
  );
const guess = (b: number) => spread(PLACES, b);

describe("PlacementMap", () => {
  it("guesses the place of a bucket that it has not learned", () => {
    fc.assert(
      fc.property(places, bucket, (names, b) => {
        const map = new PlacementMap((one) => spread(names, one));
        expect(map.placeOf(b)).toBe(names[b % names.length]);
      }),
    );
  });

  it("knows the last place of each bucket, whatever the order and number of the news", () => {
    fc.assert(
      fc.property(histories, fc.array(fc.nat(), { minLength: 50 }), (history, draws) => {
        const facts = factsOf(history);
        const order = [...facts, ...facts]
          .map((fact, n) => ({ fact, at: draws[n % draws.length] ?? 0 }))
          .sort((a, b) => a.at - b.at);
        const map = new PlacementMap(guess);
        for (const { fact } of order) map.learn([fact]);
        for (const [b, stays] of Object.entries(history)) {
          expect(map.placeOf(Number(b))).toBe(stays.at(-1));
        }
      }),
    );
  });
});

describe("planMoves", () => {
  it("brings every bucket of a range to its place, moves no other, and none twice", () => {
    fc.assert(
      fc.property(places, places, fc.tuple(bucket, bucket), (from, to, [a, b]) => {
        const range = [Math.min(a, b), Math.max(a, b)] as const;
        const at = Array.from({ length: BUCKETS }, (_, one) => spread(from, one));
        const plan = planMoves((one) => at[one] ?? "", to, range);
        const moved = new Set<number>();
        for (const [source, moves] of plan) {
          for (const move of moves) {
            expect(at[move.bucket]).toBe(source);
            expect(move.to).not.toBe(source);
            expect(moved.has(move.bucket)).toBe(false);
            moved.add(move.bucket);
            at[move.bucket] = move.to;
          }
        }
        for (let one = 0; one < BUCKETS; one++) {
          const within = one >= range[0] && one <= range[1];
          expect(at[one]).toBe(spread(within ? to : from, one));
        }
      }),
    );
  });

  it("plans nothing more once its moves are done", () => {
    fc.assert(
      fc.property(places, (to) => {
        expect(planMoves((one) => spread(to, one), to).size).toBe(0);
      }),
    );
  });
});

it("the first moves are some of all, to few places, and there are some if there are any", () => {
  fc.assert(
    fc.property(
      places,
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 1, max: 6 }),
      (to, buckets, targets) => {
        const all = Array.from({ length: 200 }, (_, one) => ({ bucket: one, to: spread(to, one) }));
        const first = firstMoves(all, { buckets, targets });
        expect(first.length).toBeGreaterThan(0);
        expect(first.length).toBeLessThanOrEqual(buckets);
        expect(new Set(first.map((move) => move.to)).size).toBeLessThanOrEqual(targets);
        expect(all).toEqual(expect.arrayContaining(first));
        expect(firstMoves([], { buckets, targets })).toEqual([]);
      },
    ),
  );
});

describe("spreadOf", () => {
  it("finds over how many places accounts are spread, also when more places were added", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(6), (n, added) => {
        const buckets = Array.from({ length: BUCKETS }, (_, one) => one);
        const some = Array.from({ length: n + added }, (_, place) =>
          place < n ? buckets.filter((one) => one % n === place).slice(0, 40) : [],
        );
        expect(spreadOf(some)).toBe(n);
      }),
    );
  });

  it("takes all places of a store without accounts, and none if accounts are anywhere", () => {
    expect(spreadOf([[], [], []])).toBe(3);
    expect(spreadOf([[1], [0]])).toBeNull();
  });

  it("finds a spread that is true of the accounts, however few they are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(4),
        fc.uniqueArray(bucket, { maxLength: 5 }),
        (n, added, few) => {
          const some = Array.from({ length: n + added }, (_, place) =>
            few.filter((one) => one % n === place),
          );
          const found = spreadOf(some) ?? 0;
          for (const [place, own] of some.entries()) {
            for (const one of own) expect(one % found).toBe(place);
          }
        },
      ),
    );
  });
});

it("a place's name says its kind", () => {
  expect(["d1", "upstash", "objects"].map((kind) => kind)).toEqual(
    (["d1", "upstash", "objects"] as const).map((kind) => placeKind(placeName(kind, 7))),
  );
  expect(placeName("d1", 2)).toBe("d1:DB_2");
  expect(() => placeKind("mysql:1")).toThrow("not a place");
});
