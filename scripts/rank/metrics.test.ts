import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrap, meanOf } from "./bootstrap.ts";
import { auc, calibrationError, logLoss, ndcg, predictionsOf } from "./metrics.ts";

/** Predictions with many ties, their outcomes, and their viewers. */
const observations = fc.array(
  fc.record({
    predicted: fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
    happened: fc.boolean(),
    viewer: fc.nat(3),
  }),
  { minLength: 1, maxLength: 40 },
);

function predictions(seen: readonly { predicted: number; happened: boolean; viewer: number }[]) {
  return predictionsOf(
    Float32Array.from(seen, ({ predicted }) => predicted),
    Uint8Array.from(seen, ({ happened }) => Number(happened)),
    Uint32Array.from(seen, ({ viewer }) => viewer),
  );
}

describe("AUC", () => {
  it("is the share of pairs in the right order, with each viewer's weight", () => {
    const times = fc.array(fc.nat(3), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(observations, times, (seen, counted) => {
        let [won, pairs] = [0, 0];
        for (const yes of seen.filter(({ happened }) => happened)) {
          for (const no of seen.filter(({ happened }) => !happened)) {
            const weight = (counted[yes.viewer] ?? 0) * (counted[no.viewer] ?? 0);
            const tie = yes.predicted === no.predicted ? 0.5 : 0;
            won += weight * (yes.predicted > no.predicted ? 1 : tie);
            pairs += weight;
          }
        }
        const found = auc(predictions(seen), counted);
        expect(found === null).toBe(pairs === 0);
        expect(found ?? 0).toBeCloseTo(pairs === 0 ? 0 : won / pairs, 9);
      }),
    );
  });
});

describe("NDCG", () => {
  it("has the textbook's value", () => {
    const found = 3 + 2 / Math.log2(3) + 1 / Math.log2(5);
    const best = 3 + 2 / Math.log2(3) + 1 / 2;
    expect(ndcg([3, 2, 0, 1], 10)).toBeCloseTo(found / best);
    expect(ndcg([0, 0, 1], 2)).toBe(0);
    expect(ndcg([0, 0], 2)).toBeNull();
  });

  it("is 1 for the best order, and at most 1 for another", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        (all, k) => {
          const best = ndcg(
            all.toSorted((a, b) => b - a),
            k,
          );
          expect(best === null || Math.abs(best - 1) < 1e-12).toBe(true);
          expect(ndcg(all, k) ?? 0).toBeLessThanOrEqual(1 + 1e-12);
        },
      ),
    );
  });
});

describe("calibration", () => {
  it("is 0 for right predictions, and their distance from the outcome for wrong ones", () => {
    const seen = (predicted: number, of: number, happened: number) =>
      Array.from({ length: of }, (_, n) => ({ predicted, happened: n < happened, viewer: 0 }));
    const right = predictions([...seen(0.25, 100, 25), ...seen(0.75, 100, 75)]);
    expect(calibrationError(right, 2)).toBeCloseTo(0);
    const wrong = predictions([...seen(0.25, 100, 45), ...seen(0.75, 100, 75)]);
    expect(calibrationError(wrong, 2)).toBeCloseTo(0.1);
  });

  it("is ln 2 for a guess of one half, and finite for a certain, wrong prediction", () => {
    expect(logLoss(0.5, true)).toBeCloseTo(Math.LN2);
    expect(logLoss(0, true)).toBeLessThan(20);
  });
});

describe("an interval", () => {
  const values = Array.from({ length: 200 }, (_, n) => (n % 10) / 10);
  const mean = (times: ArrayLike<number>) => meanOf(values, times);

  it("spans about two standard errors each way, and is the same for the same seed", () => {
    const found = bootstrap(values.length, mean, { seed: 5, rounds: 2_000 });
    const error = Math.sqrt(0.0825 / values.length);
    expect(found?.value).toBeCloseTo(0.45);
    expect(found?.low).toBeCloseTo(0.45 - 1.96 * error, 2);
    expect(found?.high).toBeCloseTo(0.45 + 1.96 * error, 2);
    expect(bootstrap(values.length, mean, { seed: 5, rounds: 2_000 })).toEqual(found);
  });

  it("is null without any data", () => {
    expect(bootstrap(0, (times) => meanOf([], times), { seed: 1, rounds: 10 })).toBeNull();
  });
});
