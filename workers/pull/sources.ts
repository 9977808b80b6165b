/** Where pulled pages come from, in the Worker: KV, the regions' freshness logs, the outboxes. */
import type { AuthorOutbox } from "../../durable-objects/author-feed/author-feed.ts";
import type { UserId } from "../../feed/ids.ts";
import { OUTBOX_CACHE_TTL_S } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { fillOutbox } from "./fill.ts";
import type { PullSources } from "./pulled-pages.ts";

/** @param deps an outbox that is cold is filled by whoever asks it */
export function pullSources(
  env: Pick<Env, "OUTBOXES" | "FRESHNESS_LOG">,
  deps: Pick<Deps, "outboxes" | "store" | "nowMs">,
): PullSources {
  const whenFilled = async <T>(
    author: UserId,
    epoch: number,
    ask: (outbox: DurableObjectStub<AuthorOutbox>) => Promise<T | null>,
  ): Promise<T | null> => {
    const answer = await deps.outboxes.call(author, ask);
    if (answer !== null) return answer;
    await fillOutbox(deps, author, epoch);
    return deps.outboxes.call(author, ask);
  };
  return {
    readPages: (keys) =>
      env.OUTBOXES.get<unknown>(keys, { type: "json", cacheTtl: OUTBOX_CACHE_TTL_S }),
    readNews: async (region, known) =>
      env.FRESHNESS_LOG.getByName(region, { locationHint: region }).after(known),
    askHead: (author, epoch) =>
      whenFilled(author, epoch, async (outbox) => await outbox.readHead(epoch)),
    askPage: (author, epoch, no) =>
      whenFilled(author, epoch, async (outbox) => await outbox.readPage(epoch, no)),
  };
}
