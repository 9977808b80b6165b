/** What ranking knows of a page that was served, to explain it and to log it. */
import type { Standing } from "../../durable-objects/home-timeline/timeline-view.ts";
import { type Entry, entryAuthor } from "../../feed/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { type ItemFacts, itemFacts, type ViewerFacts } from "../../feed/rank/facts.ts";
import type { Deps } from "../deps.ts";
import type { Served } from "./page.ts";

/** What ranking knows of a page and its viewer. */
export interface FactsOfPage {
  viewer: ViewerFacts;
  /** Of its entries, in their order. */
  items: ItemFacts[];
}

/** The facts of a page's entries, in their order. @throws ObjectUnavailable */
export async function factsOfPage(
  deps: Deps,
  viewer: UserId,
  served: Served,
): Promise<FactsOfPage> {
  const { entries, counts, known } = served;
  const { viewer: facts, seen } = served.standing ?? (await standingOf(deps, viewer, entries));
  const items = entries.map((entry) => {
    const { id } = entry.post;
    return itemFacts(entry, viewer, {
      counts: counts.get(id),
      seen: seen[id],
      viewer: known.get(id),
    });
  });
  return { viewer: facts, items };
}

/** How a viewer stands to some entries and to those behind them. */
function standingOf(deps: Deps, viewer: UserId, entries: readonly Entry[]): Promise<Standing> {
  const posts = entries.map((entry) => entry.post.id);
  const people = entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]);
  return deps.homes.call(viewer, async (home) => await home.standing(posts, [...new Set(people)]));
}
