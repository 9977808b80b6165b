/**
 * Trains a model with TensorFlow.js in WebAssembly: it needs no native installation, and the same seed
 * gives the same model. Only training uses this library; the Worker evaluates the document by itself.
 */
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
// This adds the derivatives, which the core leaves out.
import "@tensorflow/tfjs-layers";
import { FEATURE_COUNT, FEATURES } from "../../feed/rank/features.ts";
import { HEADS, PUBLISHED_WEIGHTS } from "../../feed/rank/heads.ts";
import { MODEL_VERSION, type ModelDocument } from "../../feed/rank/model-document.ts";
import { normal, randomOf, shuffled } from "./simulator/draws.ts";
import { type Examples, positives, standardOf } from "./examples.ts";

export interface FitOptions {
  name: string;
  source: string;
  pages: number;
  seed: number;
  hidden: number;
  /** The most epochs; training stops when predictions for held-out viewers have not improved for three. */
  epochs: number;
  /** Gets the number of an epoch's finished examples. */
  onBatch?: (done: number, of: number) => void;
  onEpoch?: (epoch: number, heldOutLogLoss: number | null) => void;
}

const BATCH = 512;
const LEARNING_RATE = 0.002;
/** Penalty on squared weights, against overfitting to a small log. */
const WEIGHT_DECAY = 1e-4;
const PATIENCE_EPOCHS = 3;
/** Every tenth viewer is held out, to decide when to stop. */
const HELD_OUT_OF = 10;

/** Trains on examples. */
export async function fit(examples: Examples, options: FitOptions): Promise<ModelDocument> {
  tf.enableProdMode();
  await tf.setBackend("wasm");
  await tf.ready();
  const standard = standardOf(examples);
  const rows = split(examples);
  const network = new Network(examples, options);
  const heldOut = rows.heldOut.length === 0 ? null : batchOf(examples, standard, rows.heldOut);
  const random = randomOf(options.seed, 11);
  let best = { loss: Infinity, epoch: 0, weights: network.weights() };
  let epoch = 0;
  while (epoch < options.epochs && epoch - best.epoch < PATIENCE_EPOCHS) {
    epoch++;
    const order = shuffled(random, rows.training);
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = batchOf(examples, standard, order.slice(from, from + BATCH));
      network.step(batch);
      batch.dispose();
      options.onBatch?.(Math.min(from + BATCH, order.length), order.length);
    }
    const loss = heldOut === null ? null : network.lossOf(heldOut);
    if (loss === null || loss < best.loss) {
      best = { loss: loss ?? Infinity, epoch, weights: network.weights() };
    }
    options.onEpoch?.(epoch, loss);
  }
  heldOut?.dispose();
  network.dispose();
  return documentOf(examples, options, standard, best);
}

/** Viewers are held out with all their pages, because training on some pages would leak to the others. */
function split({ count, viewers, viewerCount }: Examples): {
  training: number[];
  heldOut: number[];
} {
  const all = Array.from({ length: count }, (_, row) => row);
  if (viewerCount < HELD_OUT_OF) return { training: all, heldOut: [] };
  const isHeldOut = (row: number) => (viewers[row] ?? 0) % HELD_OUT_OF === HELD_OUT_OF - 1;
  return {
    training: all.filter((row) => !isHeldOut(row)),
    heldOut: all.filter(isHeldOut),
  };
}

interface Batch {
  x: tf.Tensor2D;
  /** ln(1 + position), one column. */
  at: tf.Tensor2D;
  y: tf.Tensor2D;
  dispose(): void;
}

function batchOf(
  { features, labels, positions }: Examples,
  { mean, scale }: { mean: readonly number[]; scale: readonly number[] },
  rows: readonly number[],
): Batch {
  const heads = HEADS.length;
  const x = new Float32Array(rows.length * FEATURE_COUNT);
  const y = new Float32Array(rows.length * heads);
  const at = new Float32Array(rows.length);
  rows.forEach((row, n) => {
    for (let f = 0; f < FEATURE_COUNT; f++) {
      const value = features[row * FEATURE_COUNT + f] ?? 0;
      x[n * FEATURE_COUNT + f] = (value - (mean[f] ?? 0)) / (scale[f] ?? 1);
    }
    y.set(labels.subarray(row * heads, (row + 1) * heads), n * heads);
    at[n] = positions[row] ?? 0;
  });
  const tensors = {
    x: tf.tensor2d(x, [rows.length, FEATURE_COUNT]),
    at: tf.tensor2d(at, [rows.length, 1]),
    y: tf.tensor2d(y, [rows.length, heads]),
  };
  return { ...tensors, dispose: () => tf.dispose(tensors) };
}

/** The trained weights so far, as plain numbers. */
interface Learned {
  w1: number[];
  b1: number[];
  w2: number[];
  b2: number[];
  position: number[];
}

/** The network during training: the parts of the model document, and the effect of position. */
class Network {
  readonly #w1: tf.Variable<tf.Rank.R2>;
  readonly #b1: tf.Variable<tf.Rank.R1>;
  readonly #w2: tf.Variable<tf.Rank.R2>;
  readonly #b2: tf.Variable<tf.Rank.R1>;
  readonly #position: tf.Variable<tf.Rank.R2>;
  readonly #optimizer = tf.train.adam(LEARNING_RATE);

  constructor(examples: Examples, { seed, hidden }: FitOptions) {
    const random = randomOf(seed, 10);
    const drawn = (inputs: number, outputs: number, deviation: number) => {
      const values = Float32Array.from({ length: inputs * outputs }, () => normal(random));
      return tf.tensor2d(
        values.map((value) => value * deviation),
        [inputs, outputs],
      );
    };
    // He initialization for rectified units; the outputs begin at the frequencies of the actions.
    this.#w1 = tf.variable(drawn(FEATURE_COUNT, hidden, Math.sqrt(2 / FEATURE_COUNT)));
    this.#b1 = tf.variable(tf.zeros<tf.Rank.R1>([hidden]));
    this.#w2 = tf.variable(drawn(hidden, HEADS.length, 0.1 / Math.sqrt(hidden)));
    const usual = positives(examples).map((times) => {
      const share = (times + 0.5) / (examples.count + 1);
      return Math.log(share / (1 - share));
    });
    this.#b2 = tf.variable(tf.tensor1d(usual));
    this.#position = tf.variable(tf.zeros<tf.Rank.R2>([1, HEADS.length]));
  }

  step(batch: Batch): void {
    this.#optimizer.minimize(
      () =>
        tf.tidy(() => {
          const penalty = tf.add(tf.sum(tf.square(this.#w1)), tf.sum(tf.square(this.#w2)));
          const loss = tf.losses.sigmoidCrossEntropy(batch.y, this.#logits(batch));
          return tf.add<tf.Scalar>(loss, tf.mul(penalty, WEIGHT_DECAY));
        }),
      false,
      [this.#w1, this.#b1, this.#w2, this.#b2, this.#position],
    );
  }

  /** Mean log loss of a head, without the penalty. */
  lossOf(batch: Batch): number {
    return tf.tidy(
      () => tf.losses.sigmoidCrossEntropy(batch.y, this.#logits(batch)).dataSync()[0] ?? Infinity,
    );
  }

  weights(): Learned {
    const numbers = (variable: tf.Variable) => [...variable.dataSync()];
    return {
      w1: numbers(this.#w1),
      b1: numbers(this.#b1),
      w2: numbers(this.#w2),
      b2: numbers(this.#b2),
      position: numbers(this.#position),
    };
  }

  dispose(): void {
    tf.dispose([this.#w1, this.#b1, this.#w2, this.#b2, this.#position]);
    this.#optimizer.dispose();
  }

  /** Position adds to the logits outside the network, so that serving can leave it out. */
  #logits({ x, at }: Batch): tf.Tensor {
    const hidden = tf.relu(tf.add(tf.matMul(x, this.#w1), this.#b1));
    const content = tf.add(tf.matMul(hidden, this.#w2), this.#b2);
    return tf.add(content, tf.matMul(at, this.#position));
  }
}

function documentOf(
  examples: Examples,
  options: FitOptions,
  standard: { mean: number[]; scale: number[] },
  best: { loss: number; epoch: number; weights: Learned },
): ModelDocument {
  const { position, ...weights } = best.weights;
  return {
    version: MODEL_VERSION,
    name: options.name,
    features: FEATURES.map(({ name }) => name),
    heads: [...HEADS],
    hidden: options.hidden,
    mean: rounded(standard.mean),
    scale: rounded(standard.scale),
    w1: rounded(weights.w1),
    b1: rounded(weights.b1),
    w2: rounded(weights.w2),
    b2: rounded(weights.b2),
    weights: PUBLISHED_WEIGHTS,
    training: {
      source: options.source,
      pages: options.pages,
      examples: examples.count,
      viewers: examples.viewerCount,
      seed: options.seed,
      epochs: best.epoch,
      heldOutLogLoss: Number.isFinite(best.loss) ? best.loss : null,
      positionEffect: rounded(position),
    },
  };
}

/** Six digits hold the precision of a 32-bit float. */
function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(6)));
}
