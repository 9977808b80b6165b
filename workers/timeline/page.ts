/**
 * One page of the `latest` timeline: sources → merge → filter → page. The hot window answers down
 * to its horizon; below it the store does, with the same filter, so that a scroll ends at the
 * beginning of history and nowhere before.
 */
import type { Entry } from "../../feed/entry.ts";
import { belongs } from "../../feed/filter.ts";
import { BEGINNING, type Id, idCeiling, type PostId, type UserId } from "../../feed/ids.ts";
import { AUDIENCE_CALL_TIMEOUT_MS, PAGE_REFILL_ROUNDS } from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/merge.ts";
import { type Known, presentEntry } from "../../feed/present.ts";
import type { ScrollPosition } from "../../feed/cursor.ts";
import type { TimelineItem } from "../../feed/wire.ts";
import type { WindowPage } from "../../durable-objects/home-timeline/timeline.ts";
import pTimeout from "p-timeout";
import { type Reaction, StoreUnavailable } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { viewersOf } from "../known.ts";
import type { Stages } from "../stages.ts";
import { readFollowees, readHot } from "./hot.ts";

/** What a page needs to know of its request. */
export interface PageAsk {
  viewer: UserId;
  /** Null for the first page. */
  position: ScrollPosition | null;
  limit: number;
  hint: DurableObjectLocationHint | null;
  stages: Stages;
}

/** A page, and where the next one begins; null at the beginning of history. */
export interface TimelinePage {
  items: TimelineItem[];
  next: ScrollPosition | null;
}

/** Reads a page of `latest`. @throws ObjectUnavailable, StoreUnavailable */
export async function latestPage(deps: Deps, ask: PageAsk): Promise<TimelinePage> {
  const { viewer, limit, stages } = ask;
  const window = { top: ask.position?.top ?? null, below: ask.position?.below ?? null };
  // One entry more than the page holds tells whether there is a next page.
  const hot = await stages.time("home", () =>
    readHot(deps, viewer, { ...window, limit: limit + 1 }, ask.hint),
  );
  const found =
    hot.entries.length > limit || hot.horizon === BEGINNING
      ? hot
      : await stages.time("store", () => readOn(deps, ask, hot));
  const shown = found.entries.slice(0, limit);
  const known = await stages.time("counts", () => knownOfPage(deps, ask, hot, shown));
  const top = window.top ?? topOf(deps, shown);
  return {
    items: shown.map((entry) => presentEntry(entry, viewer, known.get(entry.post.id))),
    next: nextOf(found, shown, top, limit),
  };
}

/**
 * Counts of a page's posts and what the viewer did to them. The timeline knows most of the latter;
 * for the rest the store is asked, once: the timeline remembers the answer.
 */
async function knownOfPage(
  deps: Deps,
  { viewer }: PageAsk,
  hot: WindowPage & { watched: boolean },
  shown: readonly Entry[],
): Promise<Map<PostId, Known>> {
  const posts = shown.map((entry) => entry.post.id);
  const missing = posts.filter((post) => hot.viewerOf[post] === undefined);
  const [counts, reactions] = await Promise.all([
    deps.counts.read(posts),
    reactionsTo(deps, viewer, missing),
    hot.watched ? watch(deps, viewer, posts) : null,
  ]);
  const known = (viewerOf: (post: PostId) => Known["viewer"]) =>
    new Map(posts.map((post) => [post, { counts: counts.get(post), viewer: viewerOf(post) }]));
  if (reactions === null) return known((post) => hot.viewerOf[post]);
  const learned = missing.filter((post) => hot.unknown.includes(post));
  if (learned.length > 0) {
    await deps.homes.call(viewer, (home) => home.learn(learned, reactions));
  }
  const others = viewersOf(missing, reactions);
  return known((post) => hot.viewerOf[post] ?? others.get(post));
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

/**
 * Where a scroll that begins now begins: at the newest entry shown, for what comes in above it from
 * now on, made earlier and delivered late, was not shown either and must hide nothing.
 */
function topOf(deps: Deps, shown: readonly Entry[]): Id {
  return shown[0]?.id ?? idCeiling(deps.nowMs());
}

function nextOf(
  found: Slice,
  shown: readonly Entry[],
  top: Id,
  limit: number,
): ScrollPosition | null {
  const last = shown.at(-1);
  if (found.entries.length > limit && last !== undefined) return { top, below: last.id };
  return found.horizon === BEGINNING ? null : { top, below: found.horizon };
}

/** Continues a slice of the hot window below its horizon, from the store. */
async function readOn(deps: Deps, ask: PageAsk, hot: Slice): Promise<Slice> {
  const archive = await archiveOf(deps, ask);
  const below = ask.position?.below ?? null;
  let found: Slice = {
    entries: hot.entries,
    horizon: below !== null && below < hot.horizon ? below : hot.horizon,
  };
  for (let round = 0; round < PAGE_REFILL_ROUNDS; round++) {
    const missing = ask.limit + 1 - found.entries.length;
    if (missing <= 0 || found.horizon === BEGINNING) break;
    const older = await archive(found.horizon, missing);
    found = { entries: [...found.entries, ...older.entries], horizon: older.horizon };
  }
  return found;
}

/**
 * The store as a source: entries of the viewer and everyone followed below an id, filtered as the
 * hot window is, each original at its newest occurrence since the scroll began.
 */
async function archiveOf(
  deps: Deps,
  ask: PageAsk,
): Promise<(below: Id, want: number) => Promise<Slice>> {
  const [followees, relations] = await Promise.all([
    readFollowees(deps, ask.viewer, ask.hint),
    deps.store.relations.relations(ask.viewer, null),
  ]);
  const followed = new Set(followees);
  const hidden = new Set(relations.filter((r) => r.active).map((relation) => relation.target));
  const viewer = {
    id: ask.viewer,
    follows: (user: UserId) => followed.has(user),
    hides: (user: UserId) => hidden.has(user),
  };
  const authors = [ask.viewer, ...followees.filter((user) => !hidden.has(user))];
  const top = ask.position?.top ?? idCeiling(deps.nowMs());
  return async (below, want) => {
    const span = { below, downTo: BEGINNING, want };
    const older = await newestOfAuthors(authors, span, (asks, some) =>
      deps.store.posts.byAuthors(asks, some),
    );
    const visible = older.entries.filter((entry) => belongs(entry, viewer));
    const originals = visible.map((entry) => entry.post.id);
    const newest = await deps.store.reactions.newestReposts(originals, authors, top);
    const entries = visible.filter((entry) => entry.id >= (newest.get(entry.post.id) ?? entry.id));
    return { entries, horizon: older.horizon };
  };
}
