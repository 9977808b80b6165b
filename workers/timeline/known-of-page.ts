/** What a timeline page shows of its posts beside themselves: counts, and what the viewer did. */
import pTimeout from "p-timeout";
import type { Regard } from "../../durable-objects/home-timeline/timeline-view.ts";
import { type Reaction, StoreUnavailable } from "../../db/store.ts";
import type { Entry } from "../../feed/entry.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { AUDIENCE_CALL_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Known } from "../../feed/present.ts";
import type { Deps } from "../deps.ts";
import { viewersOf } from "../known.ts";

/**
 * Counts of a page's posts and what the viewer did to them. The timeline knows most of the latter;
 * for the rest the store is asked, once: the timeline remembers the answer.
 */
export async function knownOfPage(
  deps: Deps,
  viewer: UserId,
  found: Regard & { watched: boolean },
  shown: readonly Entry[],
): Promise<Map<PostId, Known>> {
  const posts = shown.map((entry) => entry.post.id);
  const missing = posts.filter((post) => found.viewerOf[post] === undefined);
  const [counts, reactions] = await Promise.all([
    deps.counts.read(posts),
    reactionsTo(deps, viewer, missing),
    found.watched ? watch(deps, viewer, posts) : null,
  ]);
  const known = (viewerOf: (post: PostId) => Known["viewer"]) =>
    new Map(posts.map((post) => [post, { counts: counts.get(post), viewer: viewerOf(post) }]));
  if (reactions === null) return known((post) => found.viewerOf[post]);
  const learned = missing.filter((post) => found.unknown.includes(post));
  if (learned.length > 0) {
    await deps.homes.call(viewer, (home) => home.learn(learned, reactions));
  }
  const others = viewersOf(missing, reactions);
  return known((post) => found.viewerOf[post] ?? others.get(post));
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

/** Has counts ticked on open pages; a page neither fails nor waits long for it. */
async function watch(deps: Deps, viewer: UserId, posts: readonly PostId[]): Promise<void> {
  const asked = deps.homes.call(viewer, (home) => home.watch(posts));
  try {
    await pTimeout(asked, { milliseconds: AUDIENCE_CALL_TIMEOUT_MS });
  } catch (error) {
    console.warn("posts are not watched", String(error));
  }
}
