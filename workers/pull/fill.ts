/**
 * Fills a cold author's feed from the store, in the order that makes it exact: the feed starts to keep
 * appended entries, this reads the store, and then hands the feed what it has read.
 */
import { BEGINNING, type UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_MAX_ENTRIES, REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import { type AuthorFeedStub, type Objects, ObjectUnavailable } from "../objects.ts";
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
