/** Where pulled pages come from, in the Worker: KV, the regions' freshness logs, the authorFeeds. */
import type { AuthorFeed, WarmPage } from "../../durable-objects/author-feed/author-feed.ts";
import type { Cold } from "../../durable-objects/cold.ts";
import type { UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_CACHE_TTL_S } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { fillAuthorFeed } from "./fill.ts";
import type { PullSources } from "./pulled-pages.ts";

/** @param deps an outbox that is cold is filled by whoever asks it */
export function pullSources(
  env: Pick<Env, "AUTHOR_FEED_PAGES" | "FRESHNESS_LOG">,
  deps: Pick<Deps, "authorFeeds" | "store" | "nowMs">,
): PullSources {
  const whenFilled = async <T>(
    author: UserId,
    epoch: number,
    ask: (outbox: DurableObjectStub<AuthorFeed>) => Promise<WarmPage<T> | Cold>,
  ): Promise<T | null> => {
    const answer = await deps.authorFeeds.call(author, ask);
    if (answer.status === "warm") return answer.page;
    await fillAuthorFeed(deps, author, epoch);
    const again = await deps.authorFeeds.call(author, ask);
    return again.status === "warm" ? again.page : null;
  };
  return {
    readPages: (keys) =>
      env.AUTHOR_FEED_PAGES.get<unknown>(keys, { type: "json", cacheTtl: AUTHOR_FEED_CACHE_TTL_S }),
    readNews: async (region, known) =>
      env.FRESHNESS_LOG.getByName(region, { locationHint: region }).changesAfter(known),
    askHead: (author, epoch) =>
      whenFilled(author, epoch, async (outbox) => await outbox.readHead(epoch)),
    askPage: (author, epoch, no) =>
      whenFilled(author, epoch, async (outbox) => await outbox.readPage(epoch, no)),
  };
}
