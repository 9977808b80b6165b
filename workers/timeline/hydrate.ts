/**
 * `hydrate`: reads the current counts of a page's posts, what the viewer did to them and the parents
 * that they lack, and subscribes the viewer's open pages to changes of the counts.
 */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import type { OwnChanges, ViewerOfPost } from "../../durable-objects/home-timeline/viewer-state.ts";
import type { PublishedCounts } from "../../feed/counts/published-counts.ts";
import { type Counts, repostedOf } from "../../feed/timeline/entry.ts";
import { type Reaction, StoreUnavailable } from "../../db/store.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { ON_SCREEN_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { readEntryParents } from "../parents.ts";
import type { FilledPage, HydratedPage, PageEntries, PageRequest, Selection } from "./page.ts";
import { countsWithOwn } from "./own-changes.ts";
import { viewersOf } from "./viewer-post-state.ts";

/** Completes a page with counts and the viewer's reactions. @throws ObjectUnavailable */
export async function hydrate(
  deps: Deps,
  { viewer, stages }: PageRequest,
  selected: Selection,
  filled: FilledPage,
): Promise<HydratedPage> {
  const { partial, next, seq } = filled;
  const posts = filled.entries.map((entry) => entry.post.id);
  const changes = pick(filled.ownChanges, posts);
  const uncounted = posts.filter((post) => !selected.counted.includes(post));
  const [entries, counts, viewerOfPosts, liveCounts, ownCounts] = await stages.time("counts", () =>
    Promise.all([
      // Entries of the warm timeline carry their parents; those from the store do not.
      readEntryParents(deps, filled.entries),
      deps.counts.read(uncounted, repostedOf(filled.entries)),
      readViewerOfPosts(deps, viewer, filled, posts),
      filled.watched ? watchCounts(deps, viewer, posts) : NO_COUNTS,
      countsWithOwn(deps, changes),
    ]),
  );
  const published = new Map([...selected.counts, ...counts]);
  return {
    order: selected.order,
    entries,
    counts: withNewer(withNewer(published, liveCounts), ownCounts),
    viewerOfPosts,
    // Ranking has read about the entries that it selected, and about no others.
    rankingContext: entries.length === selected.entries.length ? selected.rankingContext : null,
    from: selected.from,
    partial,
    seq,
    next,
  };
}

function pick(changes: OwnChanges, posts: readonly PostId[]): OwnChanges {
  return Object.fromEntries(Object.entries(changes).filter(([post]) => posts.includes(post)));
}

const NO_COUNTS: ReadonlyMap<PostId, Counts> = new Map();

/** Replaces counts by newer ones; the velocity stays. */
function withNewer(
  counts: ReadonlyMap<PostId, PublishedCounts>,
  newer: ReadonlyMap<PostId, Counts>,
): Map<PostId, PublishedCounts> {
  const all = new Map(counts);
  for (const [post, now] of newer) {
    all.set(post, { velocity: null, ...counts.get(post), counts: now });
  }
  return all;
}

/**
 * What the viewer did to the posts of a page. The timeline knows most of it; the store answers the
 * rest, once, because the timeline remembers its answer.
 */
async function readViewerOfPosts(
  deps: Deps,
  viewer: UserId,
  page: PageEntries,
  posts: readonly PostId[],
): Promise<Map<PostId, ViewerOfPost | undefined>> {
  const missing = posts.filter((post) => page.viewerOf[post] === undefined);
  const reactions = await readReactions(deps, viewer, missing);
  if (reactions === null) return new Map(posts.map((post) => [post, page.viewerOf[post]]));
  const learned = missing.filter((post) => page.unknown.includes(post));
  if (learned.length > 0) await rememberReactions(deps, viewer, learned, reactions);
  const others = viewersOf(missing, reactions);
  return new Map(posts.map((post) => [post, page.viewerOf[post] ?? others.get(post)]));
}

/** Reads reactions from the store; null if it is unavailable, so that a warm page is still served. */
async function readReactions(
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

/** Stores the store's answer in the timeline; if that fails, the next page reads the store again. */
async function rememberReactions(
  deps: Deps,
  viewer: UserId,
  posts: readonly PostId[],
  reactions: readonly Reaction[],
): Promise<void> {
  try {
    await deps.homes.call(viewer, (home) => home.rememberReactions(posts, reactions));
  } catch (error) {
    console.warn("the timeline did not store reactions; the next page reads them again", {
      viewer,
      error: errorText(error),
    });
  }
}

/**
 * Subscribes open pages to counts. A page neither fails for it nor waits long.
 * @returns the counts that are live already
 */
async function watchCounts(
  deps: Deps,
  viewer: UserId,
  posts: readonly PostId[],
): Promise<ReadonlyMap<PostId, Counts>> {
  const subscribed = deps.homes.call(viewer, async (home) => await home.watchCounts(posts));
  try {
    return await within(subscribed, { milliseconds: ON_SCREEN_TIMEOUT_MS });
  } catch (error) {
    console.warn("a page is served without live counts", { viewer, error: errorText(error) });
    return NO_COUNTS;
  }
}
