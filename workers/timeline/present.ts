/** `present`: from a hydrated page to what a client sees, with the reasons for a ranked order. */
import { errorText } from "../../feed/error-text.ts";
import { explainAll } from "../../feed/rank/rank.ts";
import type { Model } from "../../feed/rank/model.ts";
import { adjustmentsOf } from "../../feed/rank/placing.ts";
import { reasonsOf } from "../../feed/rank/reasons.ts";
import { tasteFactors } from "../../feed/rank/steering.ts";
import type { Card, Entry } from "../../feed/timeline/entry.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Timeline, Why } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import type { Stages } from "../metrics/stages.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import type { HydratedPage } from "./page.ts";
import type { ExplainedFacts } from "./page-facts.ts";

/** A page as its viewer sees it. @param whys one for each entry, or null to leave them out */
export function present(viewer: UserId, page: HydratedPage, whys: Why[] | null): Timeline {
  const { entries, counts, viewerOfPosts, next, order, partial, seq } = page;
  const items = entries.map((entry, n) => {
    const { id } = entry.post;
    const published = counts.get(id);
    const viewerOf = viewerOfPosts.get(id);
    const state = { counts: published?.counts, author: published?.author, viewer: viewerOf };
    const item = presentEntry(entry, viewer, state);
    return whys === null ? item : { ...item, why: whys[n] };
  });
  return { items, next, order, partial, seq };
}

/** Why each item of a page is where it is; null if the timeline can't say now: the page is served. */
export async function explainPage(
  deps: Pick<Deps, "models" | "nowMs">,
  stages: Stages,
  entries: readonly Entry[],
  facts: Promise<ExplainedFacts>,
): Promise<Why[] | null> {
  try {
    const [known, model] = await stages.time("facts", () =>
      Promise.all([facts, deps.models.current()]),
    );
    return await stages.time("explain", () =>
      Promise.resolve(whysOf(model, entries, known, deps.nowMs())),
    );
  } catch (error) {
    if (!(error instanceof ObjectUnavailable)) throw error;
    console.warn("a page is served without explanations", errorText(error));
    return null;
  }
}

/** The explanation of each entry, in their order. */
function whysOf(
  model: Model,
  entries: readonly Entry[],
  { viewer, items, answered, steering }: ExplainedFacts,
  nowMs: number,
): Why[] {
  const tastes = tasteFactors(steering.tastes);
  const explained = explainAll(model, viewer, items, { steering, nowMs });
  return items.flatMap((facts, n) => {
    const [explanation, entry] = [explained[n], entries[n]];
    if (explanation === undefined || entry === undefined) return [];
    const item = { ...facts, answered: answered.has(facts.post) };
    const adjustments = adjustmentsOf(item, viewer.id, tastes);
    const { score, typical, groups, actions } = explanation;
    const reasons = reasonsOf(viewer, { facts, explanation, adjustments }, nowMs);
    return [
      {
        score,
        model: model.name,
        typical,
        contributions: groups,
        actions,
        reasons: reasons.map(({ kind, user }) => ({ kind, ...byOf(entry, user) })),
        adjustments: adjustments.map(({ kind, factor, user }) => ({
          kind,
          factor,
          ...byOf(entry, user),
        })),
      },
    ];
  });
}

/** The card of somebody whom an entry is by. */
function byOf({ by, post }: Entry, user: UserId | undefined): { by?: Card } {
  if (user === undefined) return {};
  return { by: by?.id === user ? by : post.author };
}
