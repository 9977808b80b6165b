/** The second stage of ranking: sorts the candidates for a page. */
import { diversify } from "./diversify.ts";
import { type Explanation, explain } from "./explain.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import { FEATURE_COUNT, featureRows } from "./features.ts";
import { type Model, predict, scoresOf } from "./model.ts";
import { type Candidate, placeCandidates } from "./placing.ts";

/** Sorts candidates by the model's score and diversifies the order; keeps each of them once. */
export function rank<T extends Candidate>(
  model: Model,
  viewer: ViewerFacts,
  candidates: readonly T[],
  nowMs: number,
): T[] {
  const rows = featureRows(
    viewer,
    candidates.map(({ facts }) => facts),
    nowMs,
  );
  const scores = scoresOf(model, predict(model, rows));
  return diversify(placeCandidates(viewer, candidates, scores, nowMs)).map(
    ({ candidate }) => candidate,
  );
}

/** Explains the scores of items at a time. */
export function explainAll(
  model: Model,
  viewer: ViewerFacts,
  items: readonly ItemFacts[],
  nowMs: number,
): Explanation[] {
  const rows = featureRows(viewer, items, nowMs);
  return items.map((_, n) =>
    explain(model, rows.subarray(n * FEATURE_COUNT, (n + 1) * FEATURE_COUNT)),
  );
}
