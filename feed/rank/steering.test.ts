import { describe, expect, it } from "vitest";
import { original } from "../../test/entries.ts";
import { hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { TASTES_MAX } from "../limits-ranking.ts";
import { DEFAULT_MODEL } from "./default-model.ts";
import { NO_ENGAGEMENT } from "./engagement.ts";
import { FEATURE_COUNT, FEATURES, featureRows } from "./features.ts";
import { compileModel } from "./model.ts";
import type { Candidate } from "./placing.ts";
import { rank } from "./rank.ts";
import {
  NO_STEERING,
  reweigh,
  SLIDER_GROUPS,
  type Sliders,
  SLIDERS,
  steered,
  type SteeringChange,
  steeringSchema,
  strongestTaste,
  tasteFactors,
  USUAL_SLIDERS,
} from "./steering.ts";

const model = compileModel(DEFAULT_MODEL);
const taste = (n: number, kind: "more" | "less" | null, author = 1): SteeringChange => ({
  kind: "taste",
  post: hoursAgo(1, n),
  author: personId(author),
  taste: kind,
});

/** Sixty posts of thirty authors; the viewer likes the first of them a lot, the others hardly. */
const candidates: Candidate[] = Array.from({ length: 60 }, (_, n) => {
  const author = personId(1 + (n % 30));
  // Three traits that have nothing to do with each other.
  const id = hoursAgo(1 + ((n * 7) % 30), n);
  const entry = original({ id, author });
  const counts = { likes: ((n * 11) % 23) ** 2, reposts: (n * 11) % 23, replies: (n * 11) % 23 };
  return { entry, facts: item({ entry: id, author, counts, followers: 1_000 }) };
});
const me = viewer({
  overall: { ...NO_ENGAGEMENT, seen: 300, likes: 30, opens: 20, dwellMs: 900_000, atMs: NOW_MS },
  authors: Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      personId(1 + n),
      { ...NO_ENGAGEMENT, seen: 10, likes: n < 8 ? 6 : 0, opens: n < 8 ? 4 : 0, atMs: NOW_MS },
    ]),
  ),
});
const LIKED = new Set(Array.from({ length: 8 }, (_, n) => personId(1 + n)));

const first = (sliders: Sliders) =>
  rank(model, me, candidates, { steering: { ...NO_STEERING, sliders }, nowMs: NOW_MS })
    .slice(0, 10)
    .map(({ facts }) => facts);

/** What each slider is to bring: the more of it on top, the larger the number. */
const BRINGS: Record<keyof Sliders, (facts: readonly Candidate["facts"][]) => number> = {
  fresh: (facts) => facts.map(({ entry }) => entry).filter((id) => id > hoursAgo(10)).length,
  close: (facts) => facts.filter(({ author }) => LIKED.has(author)).length,
  popular: (facts) => facts.reduce((sum, { counts }) => sum + Math.log1p(counts.likes), 0),
};

describe("a slider", () => {
  it.each(SLIDERS)("%s brings more of it to the top the higher it is", (name) => {
    const [none, usual, most] = [0, 1, 2].map((value) =>
      BRINGS[name](first({ ...USUAL_SLIDERS, [name]: value })),
    );
    const figures = `0: ${none}, 1: ${usual}, 2: ${most}`;
    expect(most, figures).toBeGreaterThan(none ?? Infinity);
    expect(usual, figures).toBeGreaterThanOrEqual(none ?? Infinity);
    expect(most, figures).toBeGreaterThanOrEqual(usual ?? Infinity);
  });

  it.each(SLIDERS)("%s at 0 leaves its group at the mean and all others as they were", (name) => {
    const facts = candidates.map((candidate) => candidate.facts);
    const [before, after] = [featureRows(me, facts, NOW_MS), featureRows(me, facts, NOW_MS)];
    reweigh(model, after, { ...USUAL_SLIDERS, [name]: 0 });
    after.forEach((value, at) => {
      const f = at % FEATURE_COUNT;
      const { group, range } = FEATURES[f] ?? { group: null, range: [0, 0] as const };
      const mean = Math.min(range[1], Math.max(range[0], model.mean[f] ?? 0));
      expect(value).toBeCloseTo(group === SLIDER_GROUPS[name] ? mean : (before[at] ?? NaN), 5);
    });
  });

  it("at 2 keeps every value within its feature's range", () => {
    const rows = featureRows(
      me,
      candidates.map(({ facts }) => facts),
      NOW_MS,
    );
    reweigh(model, rows, { fresh: 2, close: 2, popular: 2 });
    rows.forEach((value, at) => {
      const [low, high] = FEATURES[at % FEATURE_COUNT]?.range ?? [0, 0];
      expect(value).toBeGreaterThanOrEqual(Math.fround(low));
      expect(value).toBeLessThanOrEqual(Math.fround(high));
    });
  });
});

describe("tastes", () => {
  const after = (...changes: SteeringChange[]) =>
    changes.reduce((document, change) => steered(document, change, NOW_MS), NO_STEERING);
  const factorOf = (document: typeof NO_STEERING, ...people: number[]) =>
    strongestTaste(tasteFactors(document.tastes), people.map(personId))?.factor ?? 1;

  it("of one kind double or halve, two of them quadruple or quarter, more of them no more", () => {
    const more = [1, 2, 3].map((n) => taste(n, "more"));
    expect([1, 2, 3].map((n) => factorOf(after(...more.slice(0, n)), 1))).toEqual([2, 4, 4]);
    const less = [1, 2, 3].map((n) => taste(n, "less"));
    expect([1, 2, 3].map((n) => factorOf(after(...less.slice(0, n)), 1))).toEqual([
      0.5, 0.25, 0.25,
    ]);
    expect(factorOf(after(taste(1, "more"), taste(2, "less")), 1)).toBe(1);
  });

  it("about a post replace each other, and null takes one back", () => {
    expect(factorOf(after(taste(1, "more"), taste(1, "less")), 1)).toBe(0.5);
    expect(after(taste(1, "more"), taste(1, null)).tastes).toEqual([]);
  });

  it("about several people of an item count by the strongest, of equal ones the lower", () => {
    const document = after(
      taste(1, "more", 1),
      taste(2, "less", 2),
      taste(3, "less", 3),
      taste(4, "less", 3),
    );
    expect(factorOf(document, 1, 2)).toBe(0.5);
    expect(factorOf(document, 1, 3)).toBe(0.25);
    expect(factorOf(document, 4)).toBe(1);
  });

  it("raise and lower their author's posts in the order", () => {
    const place = (change: SteeringChange) =>
      rank(model, me, candidates, { steering: after(change), nowMs: NOW_MS }).findIndex(
        ({ facts }) => facts.author === personId(12),
      );
    expect(place(taste(1, "more", 12))).toBeLessThan(place(taste(1, null, 12)));
    expect(place(taste(1, "less", 12))).toBeGreaterThan(place(taste(1, null, 12)));
  });

  it("are kept up to a number, the newest of them", () => {
    const many = Array.from({ length: TASTES_MAX + 5 }, (_, n) => taste(n, "more"));
    const { tastes } = after(...many);
    expect(tastes).toHaveLength(TASTES_MAX);
    expect(tastes.at(-1)?.post).toBe(hoursAgo(1, TASTES_MAX + 4));
    expect(tastes[0]?.post).toBe(hoursAgo(1, 5));
  });
});

describe("the document", () => {
  it("has a version that grows with every change, also when clocks go back", () => {
    const one = steered(NO_STEERING, { kind: "sliders", sliders: USUAL_SLIDERS }, NOW_MS);
    const two = steered(one, { kind: "reset" }, NOW_MS - 1_000);
    expect(one.version).toBe(NOW_MS);
    expect(two.version).toBe(NOW_MS + 1);
    expect(steeringSchema.parse(two)).toEqual({ ...NO_STEERING, version: NOW_MS + 1 });
  });

  it("goes back to the usual, sliders and tastes, in one change", () => {
    const sliders = { fresh: 2, close: 0, popular: 1 };
    const changed = steered(
      steered(NO_STEERING, taste(1, "less"), 1),
      { kind: "sliders", sliders },
      2,
    );
    expect(changed).toMatchObject({ sliders, tastes: [{ taste: "less" }] });
    expect(steered(changed, { kind: "reset" }, 3)).toEqual({ ...NO_STEERING, version: 3 });
  });
});
