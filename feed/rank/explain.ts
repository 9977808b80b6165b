/**
 * Explains a score in two ways: by the expected actions of the viewer, and by the groups of features.
 *
 * - `actions` are the parts of the score: probability × weight of each head. They add up to the score.
 * - `groups` are the Shapley values of the groups of features (Lundberg and Lee, "A Unified Approach
 *   to Interpreting Model Predictions", 2017), computed exactly over all subsets: what a group adds,
 *   averaged over every order in which the groups could become known. An unknown feature has its mean
 *   in training. They add up to the score minus `typical`, the score of an item with mean features.
 */
import { FEATURE_COUNT, FEATURES, type Group, GROUPS } from "./features.ts";
import { type Head, HEADS } from "./heads.ts";
import { type Model, probability } from "./model.ts";

/** An explained score; both lists have the largest contribution first. */
export interface Explanation {
  score: number;
  typical: number;
  actions: { action: Head; probability: number; weight: number; contribution: number }[];
  groups: { group: Group; contribution: number }[];
}

const SUBSETS = 2 ** GROUPS.length;
const GROUP_OF = FEATURES.map(({ group }) => GROUPS.indexOf(group));

/** Explains the score of one row of features. 256 evaluations of the model's second layer. */
export function explain(model: Model, row: Float32Array): Explanation {
  const sums = firstLayers(model, row);
  const activations = new Float32Array(model.hidden);
  const activate = (subset: number) => {
    for (let unit = 0; unit < model.hidden; unit++) {
      activations[unit] = Math.max(0, sums[subset * model.hidden + unit] ?? 0);
    }
  };
  const scores = Float64Array.from({ length: SUBSETS }, (_, subset) => {
    activate(subset);
    return scoreOf(model, activations);
  });
  activate(SUBSETS - 1);
  const actions = HEADS.map((action, head) => {
    const chance = probability(model, activations, head);
    const weight = model.weights[head] ?? 0;
    return { action, probability: chance, weight, contribution: chance * weight };
  });
  const groups = GROUPS.map((group, n) => ({ group, contribution: shapley(scores, n) }));
  return {
    score: scores[SUBSETS - 1] ?? 0,
    typical: scores[0] ?? 0,
    actions: actions.sort(largestFirst),
    groups: groups.sort(largestFirst),
  };
}

/**
 * The inputs of the hidden units, by subset of known groups. The first layer is linear, so each input is
 * that of a typical item plus the contributions of the known groups.
 */
function firstLayers(model: Model, row: Float32Array): Float64Array {
  const { hidden, w1, b1, mean } = model;
  const sums = new Float64Array(SUBSETS * hidden);
  const added = new Float64Array(GROUPS.length);
  for (let unit = 0; unit < hidden; unit++) {
    let typical = b1[unit] ?? 0;
    added.fill(0);
    GROUP_OF.forEach((group, f) => {
      const weight = w1[unit * FEATURE_COUNT + f] ?? 0;
      const usual = mean[f] ?? 0;
      typical += weight * usual;
      added[group] = (added[group] ?? 0) + weight * ((row[f] ?? 0) - usual);
    });
    sums[unit] = typical;
    for (let subset = 1; subset < SUBSETS; subset++) {
      const without = subset & (subset - 1);
      const group = 31 - Math.clz32(subset ^ without);
      sums[subset * hidden + unit] = (sums[without * hidden + unit] ?? 0) + (added[group] ?? 0);
    }
  }
  return sums;
}

function scoreOf(model: Model, activations: Float32Array): number {
  return HEADS.reduce(
    (sum, _, head) => sum + probability(model, activations, head) * (model.weights[head] ?? 0),
    0,
  );
}

/** Σ over subsets without the group: |S|! (n - |S| - 1)! / n! × what the group adds to them. */
function shapley(scores: Float64Array, group: number): number {
  let value = 0;
  for (let subset = 0; subset < SUBSETS; subset++) {
    if ((subset & (1 << group)) !== 0) continue;
    const added = (scores[subset | (1 << group)] ?? 0) - (scores[subset] ?? 0);
    value += added * (ORDERS[sizeOf(subset)] ?? 0);
  }
  return value;
}

/** By the size of a subset, the share of orders in which exactly this subset comes before a group. */
const ORDERS: readonly number[] = GROUPS.map((_, size) => {
  const n = GROUPS.length;
  return (factorial(size) * factorial(n - size - 1)) / factorial(n);
});

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

function sizeOf(subset: number): number {
  let size = 0;
  for (let rest = subset; rest > 0; rest >>= 1) size += rest & 1;
  return size;
}

function largestFirst(a: { contribution: number }, b: { contribution: number }): number {
  return Math.abs(b.contribution) - Math.abs(a.contribution);
}
