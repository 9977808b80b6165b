/**
 * Filling a cold outbox from the store, in the order that makes a cold timeline exact: the outbox
 * starts to keep what is appended, then the store is read, then what was read is handed over.
 */
import { BEGINNING, type UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_MAX_ENTRIES, REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { ObjectUnavailable } from "../objects.ts";
import { newestInStore } from "./author-posts.ts";

/**
 * Fills an outbox for an epoch in which its author is pulled, unless it serves that or a later one.
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function fillAuthorFeed(
  deps: Pick<Deps, "authorFeeds" | "store" | "nowMs">,
  author: UserId,
  epoch: number,
): Promise<void> {
  for (let attempt = 0; attempt < REBUILD_ATTEMPTS; attempt++) {
    const token = await deps.authorFeeds.call(author, (outbox) => outbox.beginFill(epoch));
    if (token === null) return;
    const slice = await newestInStore(deps, [author], BEGINNING, AUTHOR_FEED_MAX_ENTRIES);
    if (await deps.authorFeeds.call(author, (outbox) => outbox.fill(token, slice))) return;
  }
  throw new ObjectUnavailable(`outbox of ${author}: it does not stay filled`);
}
