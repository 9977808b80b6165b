import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyItem, anyViewer, NOW_MS } from "../../test/facts.ts";
import { drawnModel } from "../../test/models.ts";
import { explain } from "./explain.ts";
import { FEATURE_COUNT, FEATURES, featureRows, GROUPS } from "./features.ts";
import { HEADS } from "./heads.ts";
import type { ModelDocument } from "./model-document.ts";
import { compileModel, predict, scoresOf } from "./model.ts";

/** A naive evaluation of the document, in double precision. */
function naive(document: ModelDocument, row: readonly number[]): number[] {
  const { hidden, mean, scale, w1, b1, w2, b2 } = document;
  const at = (list: readonly number[], n: number) => list[n] ?? Number.NaN;
  const x = row.map((value, f) => (value - at(mean, f)) / at(scale, f));
  const h = b1.map((bias, unit) =>
    Math.max(
      0,
      x.reduce((sum, value, f) => sum + value * at(w1, f * hidden + unit), bias),
    ),
  );
  return b2.map((bias, head) => {
    const logit = h.reduce((sum, value, u) => sum + value * at(w2, u * HEADS.length + head), bias);
    return 1 / (1 + Math.exp(-logit));
  });
}

function worth(document: ModelDocument, probabilities: readonly number[]): number {
  return HEADS.reduce((sum, head, n) => sum + (probabilities[n] ?? 0) * document.weights[head], 0);
}

const models = fc
  .tuple(fc.nat(1_000), fc.integer({ min: 1, max: 40 }))
  .map(([seed, hidden]) => drawnModel(seed, hidden));
const rows = fc
  .tuple(anyViewer, fc.array(anyItem, { minLength: 1, maxLength: 4 }))
  .map(([viewer, items]) => featureRows(viewer, items, NOW_MS));

function rowOf(all: Float32Array, n: number): Float32Array {
  return all.slice(n * FEATURE_COUNT, (n + 1) * FEATURE_COUNT);
}

describe("a compiled model", () => {
  it("predicts the same as a naive evaluation of its document", () => {
    fc.assert(
      fc.property(models, rows, (document, all) => {
        const predicted = predict(compileModel(document), all);
        for (let n = 0; n < all.length / FEATURE_COUNT; n++) {
          naive(document, [...rowOf(all, n)]).forEach((chance, head) => {
            expect(predicted[n * HEADS.length + head]).toBeCloseTo(chance, 4);
          });
        }
      }),
    );
  });

  it("scores an item by the weighted sum of the probabilities of its actions", () => {
    fc.assert(
      fc.property(models, rows, (document, all) => {
        const model = compileModel(document);
        const predicted = predict(model, all);
        scoresOf(model, predicted).forEach((score, n) => {
          const own = [...predicted.slice(n * HEADS.length, (n + 1) * HEADS.length)];
          expect(score).toBeCloseTo(worth(document, own), 6);
        });
      }),
    );
  });
});

/** Every order in which groups can become known. */
function* orders(groups: readonly number[]): Generator<number[]> {
  if (groups.length === 0) yield [];
  for (const first of groups) {
    for (const rest of orders(groups.filter((group) => group !== first))) yield [first, ...rest];
  }
}

describe("an explanation", () => {
  it("adds up: the actions to the score, the groups to the score minus the typical score", () => {
    fc.assert(
      fc.property(models, rows, (document, all) => {
        const model = compileModel(document);
        const { score, typical, actions, groups } = explain(model, rowOf(all, 0));
        const sum = (list: readonly { contribution: number }[]) =>
          list.reduce((total, { contribution }) => total + contribution, 0);
        expect(score).toBeCloseTo(scoresOf(model, predict(model, all))[0] ?? Number.NaN, 3);
        expect(sum(actions)).toBeCloseTo(score, 9);
        expect(sum(groups)).toBeCloseTo(score - typical, 9);
        expect(typical).toBeCloseTo(worth(document, naive(document, document.mean)), 3);
      }),
    );
  });

  it("has the largest contribution first and names each group and action once", () => {
    fc.assert(
      fc.property(models, rows, (document, all) => {
        const { actions, groups } = explain(compileModel(document), rowOf(all, 0));
        for (const list of [actions, groups]) {
          const sizes = list.map(({ contribution }) => Math.abs(contribution));
          expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        }
        expect(groups.map(({ group }) => group).sort()).toEqual([...GROUPS].sort());
        expect(actions.map(({ action }) => action).sort()).toEqual([...HEADS].sort());
      }),
    );
  });

  it("gives each group its contribution, averaged over every order of becoming known", () => {
    const document = drawnModel(7, 12);
    const [row] = fc.sample(rows, { seed: 7, numRuns: 1 });
    const own = [...rowOf(row ?? new Float32Array(), 0)];
    const scores = Array.from({ length: 2 ** GROUPS.length }, (_, known) => {
      const partly = own.map((value, f) => {
        const group = GROUPS.indexOf(FEATURES[f]?.group ?? "viewer");
        return (known & (1 << group)) === 0 ? (document.mean[f] ?? 0) : value;
      });
      return worth(document, naive(document, partly));
    });
    const sums = GROUPS.map(() => 0);
    let count = 0;
    for (const order of orders(GROUPS.map((_, group) => group))) {
      count++;
      let known = 0;
      for (const group of order) {
        const before = scores[known] ?? 0;
        known |= 1 << group;
        sums[group] = (sums[group] ?? 0) + (scores[known] ?? 0) - before;
      }
    }
    const { groups } = explain(compileModel(document), Float32Array.from(own));
    for (const { group, contribution } of groups) {
      expect(contribution, group).toBeCloseTo((sums[GROUPS.indexOf(group)] ?? 0) / count, 3);
    }
  });

  it("gives 0 to a group that makes no difference", () => {
    const document = drawnModel(3, 8);
    const ignored = document.w1.map((weight, at) =>
      FEATURES[Math.floor(at / document.hidden)]?.group === "text" ? 0 : weight,
    );
    const [row] = fc.sample(rows, { seed: 3, numRuns: 1 });
    const model = compileModel({ ...document, w1: ignored });
    const { groups } = explain(model, rowOf(row ?? new Float32Array(), 0));
    expect(groups.at(-1)).toEqual({ group: "text", contribution: 0 });
  });
});
