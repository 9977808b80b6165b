/** The Worker's sources of pulled pages: KV, the hubs and the authors' feeds. */
import type { AuthorFeed, WarmPage } from "../../durable-objects/author-feed/author-feed.ts";
import type { Cold } from "../../durable-objects/cold.ts";
import { hubStub } from "../../durable-objects/live/hub-calls.ts";
import type { UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_CACHE_TTL_S } from "../../feed/limits.ts";
import { NEAR_PAGE_KEPT_MS } from "../../feed/limits-near.ts";
import { type NearPlace, NearValues } from "../near/near-values.ts";
import { type FeedFiller, fillAuthorFeed } from "./fill.ts";
import type { PullSources } from "./pulled-pages.ts";

/** The sources of an isolate. @param deps what a reader needs to fill a cold feed */
export function pullSources(
  env: Pick<Env, "AUTHOR_FEED_PAGES" | "HUB">,
  deps: FeedFiller,
  place: NearPlace,
): PullSources {
  const stored = new NearValues(
    {
      kind: "pages",
      read: (keys) =>
        env.AUTHOR_FEED_PAGES.get<unknown>(keys, {
          type: "json",
          cacheTtl: AUTHOR_FEED_CACHE_TTL_S,
        }),
      // That an author has no page is no longer true once there is one.
      keptMs: (_, { value }) => (value === null ? 0 : NEAR_PAGE_KEPT_MS),
    },
    place,
  );
  const whenFilled = async <T>(
    author: UserId,
    epoch: number,
    read: (feed: DurableObjectStub<AuthorFeed>) => Promise<WarmPage<T> | Cold>,
  ): Promise<T | null> => {
    const answer = await deps.authorFeeds.call(author, read);
    if (answer.status === "warm") return answer.page;
    await fillAuthorFeed(deps, author, epoch);
    const again = await deps.authorFeeds.call(author, read);
    return again.status === "warm" ? again.page : null;
  };
  return {
    stored,
    readVersions: async (hub, authors) => await hubStub(env, hub).versionsOf(authors),
    readHead: (author, epoch) =>
      whenFilled(author, epoch, async (feed) => await feed.readHead(epoch)),
    readOlder: (author, epoch, no) =>
      whenFilled(author, epoch, async (feed) => await feed.readPage(epoch, no)),
  };
}
