/** What the viewer did to the posts of a page; and having their counts ticked on open pages. */
import pTimeout from "p-timeout";
import type { ViewerReactions } from "../../durable-objects/home-timeline/timeline-view.ts";
import type { ViewerOfPost } from "../../durable-objects/home-timeline/viewer-state.ts";
import { type Reaction, StoreUnavailable } from "../../db/store.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { AUDIENCE_CALL_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { viewersOf } from "./viewer-post-state.ts";

/**
 * What the viewer did to a page's posts. The timeline knows most of it; for the rest the store is
 * asked, once: the timeline remembers the answer.
 */
export async function knownOfPage(
  deps: Deps,
  viewer: UserId,
  found: ViewerReactions & { watched: boolean },
  posts: readonly PostId[],
): Promise<Map<PostId, ViewerOfPost | undefined>> {
  const missing = posts.filter((post) => found.viewerOf[post] === undefined);
  const [reactions] = await Promise.all([
    reactionsTo(deps, viewer, missing),
    found.watched ? watch(deps, viewer, posts) : null,
  ]);
  if (reactions === null) return new Map(posts.map((post) => [post, found.viewerOf[post]]));
  const learned = missing.filter((post) => found.unknown.includes(post));
  if (learned.length > 0) await learn(deps, viewer, learned, reactions);
  const others = viewersOf(missing, reactions);
  return new Map(posts.map((post) => [post, found.viewerOf[post] ?? others.get(post)]));
}

/** What the viewer did to some posts; null if the store can't say now: a warm page goes on. */
async function reactionsTo(
  deps: Deps,
  viewer: UserId,
  posts: readonly PostId[],
): Promise<Reaction[] | null> {
  try {
    return await deps.store.reactions.reactionsOf(viewer, posts);
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

/** Has the timeline remember what the store answered; if it can't, the next page asks again. */
async function learn(
  deps: Deps,
  viewer: UserId,
  posts: readonly PostId[],
  reactions: readonly Reaction[],
): Promise<void> {
  try {
    await deps.homes.call(viewer, (home) => home.rememberReactions(posts, reactions));
  } catch (error) {
    console.warn("reactions are not remembered", String(error));
  }
}

/** Has counts ticked on open pages; a page neither fails nor waits long for it. */
async function watch(deps: Deps, viewer: UserId, posts: readonly PostId[]): Promise<void> {
  const asked = deps.homes.call(viewer, (home) => home.watchCounts(posts));
  try {
    await pTimeout(asked, { milliseconds: AUDIENCE_CALL_TIMEOUT_MS });
  } catch (error) {
    console.warn("posts are not watched", String(error));
  }
}
