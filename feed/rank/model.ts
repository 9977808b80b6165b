/** Compiled models: plain loops over typed arrays, fast enough for a page. */
import { FEATURE_COUNT } from "./features.ts";
import { HEADS } from "./heads.ts";
import type { ModelDocument } from "./model-document.ts";

const HEAD_COUNT = HEADS.length;

/** A document compiled for evaluation. The standardization is part of the first layer. */
export interface Model {
  name: string;
  hidden: number;
  /** hidden × features: row by row, the weights of one hidden unit. */
  w1: Float32Array;
  b1: Float32Array;
  /** heads × hidden */
  w2: Float32Array;
  b2: Float32Array;
  /** The weight of each head's action. */
  weights: Float64Array;
  /** The mean of each feature in training, with which explanations compare. */
  mean: Float32Array;
}

/** Compiles a document that `parseModel` has accepted. */
export function compileModel(document: ModelDocument): Model {
  const { hidden, mean, scale } = document;
  const w1 = new Float32Array(hidden * FEATURE_COUNT);
  const b1 = Float32Array.from(document.b1);
  for (let unit = 0; unit < hidden; unit++) {
    let shift = 0;
    for (let f = 0; f < FEATURE_COUNT; f++) {
      const weight = (document.w1[f * hidden + unit] ?? 0) / (scale[f] ?? 1);
      w1[unit * FEATURE_COUNT + f] = weight;
      shift += weight * (mean[f] ?? 0);
    }
    b1[unit] = (document.b1[unit] ?? 0) - shift;
  }
  const w2 = new Float32Array(HEAD_COUNT * hidden);
  for (let head = 0; head < HEAD_COUNT; head++) {
    for (let unit = 0; unit < hidden; unit++) {
      w2[head * hidden + unit] = document.w2[unit * HEAD_COUNT + head] ?? 0;
    }
  }
  return {
    name: document.name,
    hidden,
    w1,
    b1,
    w2,
    b2: Float32Array.from(document.b2),
    weights: Float64Array.from(HEADS, (head) => document.weights[head]),
    mean: Float32Array.from(mean),
  };
}

/**
 * The probability of each action for each row of `featureRows`, at the first position: `HEADS.length`
 * floats per row, in (0, 1).
 */
export function predict(model: Model, rows: Float32Array): Float32Array {
  const count = rows.length / FEATURE_COUNT;
  const predicted = new Float32Array(count * HEAD_COUNT);
  const activations = new Float32Array(model.hidden);
  for (let row = 0; row < count; row++) {
    hiddenLayer(model, rows, row * FEATURE_COUNT, activations);
    for (let head = 0; head < HEAD_COUNT; head++) {
      predicted[row * HEAD_COUNT + head] = probability(model, activations, head);
    }
  }
  return predicted;
}

/** The score of each row: the sum of the probabilities times the weights. */
export function scoresOf(model: Model, predicted: Float32Array): Float64Array {
  const scores = new Float64Array(predicted.length / HEAD_COUNT);
  for (let row = 0; row < scores.length; row++) {
    let score = 0;
    for (let head = 0; head < HEAD_COUNT; head++) {
      score += (predicted[row * HEAD_COUNT + head] ?? 0) * (model.weights[head] ?? 0);
    }
    scores[row] = score;
  }
  return scores;
}

function hiddenLayer(model: Model, rows: Float32Array, from: number, out: Float32Array): void {
  const { w1, b1, hidden } = model;
  for (let unit = 0; unit < hidden; unit++) {
    let sum = b1[unit] ?? 0;
    const weights = unit * FEATURE_COUNT;
    for (let f = 0; f < FEATURE_COUNT; f++) sum += (w1[weights + f] ?? 0) * (rows[from + f] ?? 0);
    out[unit] = sum > 0 ? sum : 0;
  }
}

/** A head's output for an activated hidden layer. */
export function probability(model: Model, activations: Float32Array, head: number): number {
  const { w2, b2, hidden } = model;
  let logit = b2[head] ?? 0;
  for (let unit = 0; unit < hidden; unit++) {
    logit += (w2[head * hidden + unit] ?? 0) * (activations[unit] ?? 0);
  }
  return 1 / (1 + Math.exp(-logit));
}
