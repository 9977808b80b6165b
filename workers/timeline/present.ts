/** `present`: from a hydrated page to what a client sees, with the reasons for a ranked order. */
import { errorText } from "../../feed/error-text.ts";
import { explainAll } from "../../feed/rank/rank.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Timeline, Why } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import type { Stages } from "../metrics/stages.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import type { HydratedPage } from "./page.ts";
import type { PageFacts } from "./page-facts.ts";

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
  facts: Promise<PageFacts>,
): Promise<Why[] | null> {
  try {
    const [{ viewer, items }, model] = await stages.time("facts", () =>
      Promise.all([facts, deps.models.current()]),
    );
    return await stages.time("explain", () => {
      const explained = explainAll(model, viewer, items, deps.nowMs());
      const whys = explained.map(({ score, typical, groups, actions }) => ({
        score,
        model: model.name,
        typical,
        contributions: groups,
        actions,
      }));
      return Promise.resolve(whys);
    });
  } catch (error) {
    if (!(error instanceof ObjectUnavailable)) throw error;
    console.warn("a page is served without explanations", errorText(error));
    return null;
  }
}
