/** What ranking knows of a page that was served, to explain it and to log it. */
import { entryAuthor } from "../../feed/entry.ts";
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
  { entries, counts, known }: Served,
): Promise<FactsOfPage> {
  const posts = entries.map((entry) => entry.post.id);
  const people = entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]);
  const standing = await deps.homes.call(
    viewer,
    async (home) => await home.standing(posts, [...new Set(people)]),
  );
  const items = entries.map((entry) => {
    const { id } = entry.post;
    const seen = standing.seen[id];
    return itemFacts(entry, viewer, { counts: counts.get(id), seen, viewer: known.get(id) });
  });
  return { viewer: standing.viewer, items };
}
