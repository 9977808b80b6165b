/** The second stage of ranking: sorts the candidates for a page. */
import { diversify } from "./diversify.ts";
import { type Explanation, explain } from "./explain.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import { FEATURE_COUNT, featureRows } from "./features.ts";
import { type Model, predict, scoresOf } from "./model.ts";
import { type Candidate, placeCandidates, type RankingMoment } from "./placing.ts";
import { reweigh } from "./steering.ts";

/**
 * Sorts candidates by the model's score, as the viewer steers it, and diversifies the order; keeps each
 * of them once.
 */
export function rank<T extends Candidate>(
  model: Model,
  viewer: ViewerFacts,
  candidates: readonly T[],
  moment: RankingMoment,
): T[] {
  const facts = candidates.map((candidate) => candidate.facts);
  const scores = scoresOf(model, predict(model, steeredRows(model, viewer, facts, moment)));
  const placed = placeCandidates(viewer, candidates, scores, moment);
  return diversify(placed).map(({ candidate }) => candidate);
}

/** Explains the model's scores of items, with the viewer's sliders. */
export function explainAll(
  model: Model,
  viewer: ViewerFacts,
  items: readonly ItemFacts[],
  moment: RankingMoment,
): Explanation[] {
  const rows = steeredRows(model, viewer, items, moment);
  return items.map((_, n) =>
    explain(model, rows.subarray(n * FEATURE_COUNT, (n + 1) * FEATURE_COUNT)),
  );
}

function steeredRows(
  model: Model,
  viewer: ViewerFacts,
  items: readonly ItemFacts[],
  { steering, nowMs }: RankingMoment,
): Float32Array {
  const rows = featureRows(viewer, items, nowMs);
  reweigh(model, rows, steering.sliders);
  return rows;
}
