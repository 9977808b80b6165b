/**
 * Fills a cold author's feed from the store, in the order that makes it exact: the feed starts to keep
 * appended entries, this reads the store, and then hands the feed what it has read.
 */
import { BEGINNING, type UserId } from "../../feed/ids.ts";
import type { FeedHead } from "../../feed/delivery/delivery-mode.ts";
import {
  AUTHOR_FEED_HEAD_ENTRIES,
  AUTHOR_FEED_MAX_ENTRIES,
  REBUILD_ATTEMPTS,
} from "../../feed/limits.ts";
import {
  type AuthorFeedStub,
  type Objects,
  ObjectUnavailable,
} from "../../durable-objects/objects.ts";
import { type EntryReader, newestInStore } from "./author-posts.ts";

/** What filling a feed needs. */
export interface FeedFiller extends EntryReader {
  authorFeeds: Pick<Objects<AuthorFeedStub>, "call">;
}

/**
 * Fills a feed for an epoch in which its author is pulled, unless it serves that epoch or a later one.
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function fillAuthorFeed(
  deps: FeedFiller,
  author: UserId,
  epoch: number,
): Promise<void> {
  for (let attempt = 0; attempt < REBUILD_ATTEMPTS; attempt++) {
    const token = await deps.authorFeeds.call(author, (feed) => feed.beginFill(epoch));
    if (token === null) return;
    const slice = await newestInStore(deps, [author], BEGINNING, AUTHOR_FEED_MAX_ENTRIES);
    if (await deps.authorFeeds.call(author, (feed) => feed.fill(token, slice))) return;
  }
  throw new ObjectUnavailable(
    `author feed of ${author}: it went cold again after ${REBUILD_ATTEMPTS} fills`,
  );
}

/**
 * Brings an author's feed up to date with the store, and reads its head then. Fan-out does the same,
 * a moment later: this is for those who must not wait for it.
 * @returns null if the author is in a later epoch by now
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function catchUpAuthorFeed(
  deps: FeedFiller,
  author: UserId,
  epoch: number,
): Promise<FeedHead | null> {
  const { entries } = await newestInStore(deps, [author], BEGINNING, AUTHOR_FEED_HEAD_ENTRIES);
  const catchUp = async (feed: AuthorFeedStub) => await feed.catchUp(entries, epoch);
  const answer = await deps.authorFeeds.call(author, catchUp);
  if (answer.status === "warm") return answer.page;
  await fillAuthorFeed(deps, author, epoch);
  const again = await deps.authorFeeds.call(author, catchUp);
  return again.status === "warm" ? again.page : null;
}
