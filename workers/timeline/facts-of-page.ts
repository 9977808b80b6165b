/** What ranking knows of a page that was served, to explain it and to log it. */
import type { RankingContext } from "../../durable-objects/home-timeline/timeline-view.ts";
import { type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { type ItemFacts, itemFacts, type ViewerFacts, withPeople } from "../../feed/rank/facts.ts";
import type { Deps } from "../deps.ts";
import type { Served } from "./page.ts";

/** What ranking knows of a page and its viewer. */
export interface FactsOfPage {
  /** With those behind its entries, and nobody else. */
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
  return factsOf(
    viewer,
    served,
    served.rankingContext ?? (await readRankingContext(deps, viewer, served)),
  );
}

/** The facts of a page's entries, from what is known of at least these. */
export function factsOf(
  viewer: UserId,
  served: Served,
  rankingContext: RankingContext,
): FactsOfPage {
  const { entries, counts, known } = served;
  const items = entries.map((entry) => {
    const { id } = entry.post;
    const seen = rankingContext.seen[id];
    return itemFacts(entry, viewer, { ...counts.get(id), seen, viewer: known.get(id) });
  });
  return { viewer: withPeople(rankingContext.viewer, peopleOf(entries)), items };
}

/** How a viewer stands to a page's entries and to those behind them. */
function readRankingContext(
  deps: Deps,
  viewer: UserId,
  { entries }: Served,
): Promise<RankingContext> {
  const posts = entries.map((entry) => entry.post.id);
  const people = peopleOf(entries);
  return deps.homes.call(viewer, async (home) => await home.rankingContext(posts, people));
}

function peopleOf(entries: readonly Entry[]): UserId[] {
  return [...new Set(entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]))];
}
