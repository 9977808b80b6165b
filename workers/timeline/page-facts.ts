/** The facts that ranking uses about a page: `present` explains with them, `log` stores them. */
import type { RankingContext } from "../../durable-objects/home-timeline/timeline-view.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { type ItemFacts, itemFacts, type ViewerFacts, withPeople } from "../../feed/rank/facts.ts";
import { NO_STEERING, type Steering } from "../../feed/rank/steering.ts";
import { type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import type { HydratedPage } from "./page.ts";

/** Facts about a page's viewer and its items. */
export interface PageFacts {
  /** With the authors and reposters of the page's entries, and nobody else. */
  viewer: ViewerFacts;
  /** One for each entry, in their order. */
  items: ItemFacts[];
}

/** The same, with what explains the order of the page beside them. */
export interface ExplainedFacts extends PageFacts {
  /** Those of its posts that the viewer has answered. */
  answered: ReadonlySet<PostId>;
  steering: Steering;
}

type RankedPage = Pick<HydratedPage, "entries" | "counts" | "viewerOfPosts" | "rankingContext">;

/** The facts of a page, from its ranking context or from the timeline. @throws ObjectUnavailable */
export async function readPageFacts(
  deps: Pick<Deps, "homes">,
  viewer: UserId,
  page: RankedPage,
): Promise<ExplainedFacts> {
  return pageFacts(
    viewer,
    page,
    page.rankingContext ?? (await readRankingContext(deps, viewer, page.entries)),
  );
}

/** The facts of a page. @param context about the page's entries, and perhaps about more */
export function pageFacts(
  viewer: UserId,
  page: RankedPage,
  context: RankingContext,
): ExplainedFacts {
  const { entries, counts, viewerOfPosts } = page;
  const items = entries.map((entry) => {
    const { id } = entry.post;
    const seen = context.seen[id];
    return itemFacts(entry, viewer, { ...counts.get(id), seen, viewer: viewerOfPosts.get(id) });
  });
  return {
    viewer: withPeople(context.viewer, peopleOf(entries)),
    items,
    answered: new Set(context.answered),
    steering: context.steering ?? NO_STEERING,
  };
}

function readRankingContext(
  deps: Pick<Deps, "homes">,
  viewer: UserId,
  entries: readonly Entry[],
): Promise<RankingContext> {
  const posts = entries.map((entry) => entry.post.id);
  const people = peopleOf(entries);
  return deps.homes.call(viewer, async (home) => await home.rankingContext(posts, people));
}

/** The authors and reposters of entries. */
function peopleOf(entries: readonly Entry[]): UserId[] {
  return [...new Set(entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]))];
}
