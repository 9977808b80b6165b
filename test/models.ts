/** Models for tests. */
import { FEATURE_COUNT, FEATURES } from "../feed/rank/features.ts";
import { HEADS, PUBLISHED_WEIGHTS } from "../feed/rank/heads.ts";
import { MODEL_VERSION, type ModelDocument } from "../feed/rank/model-document.ts";
import { Chance } from "./model/chance.ts";

/** A model that has learned nothing: its numbers are drawn. */
export function drawnModel(seed: number, hidden: number): ModelDocument {
  const chance = new Chance(seed);
  const drawn = (count: number, spread = 1) =>
    Array.from({ length: count }, () => (chance.below(2_001) / 1_000 - 1) * spread);
  return {
    version: MODEL_VERSION,
    name: `drawn ${seed}`,
    features: FEATURES.map(({ name }) => name),
    heads: [...HEADS],
    hidden,
    mean: drawn(FEATURE_COUNT),
    scale: drawn(FEATURE_COUNT).map((value) => Math.abs(value) + 0.5),
    w1: drawn(FEATURE_COUNT * hidden, 0.5),
    b1: drawn(hidden),
    w2: drawn(hidden * HEADS.length, 0.5),
    b2: drawn(HEADS.length),
    weights: PUBLISHED_WEIGHTS,
    training: {
      source: "a test",
      pages: 0,
      examples: 0,
      viewers: 0,
      seed,
      epochs: 0,
      heldOutLogLoss: null,
      positionEffect: HEADS.map(() => 0),
    },
  };
}
