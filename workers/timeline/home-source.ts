/** Source: the viewer's home timeline. A cold timeline is rebuilt first. */
import type {
  RelationsTo,
  ViewerReactions,
  Shortlist,
  WindowPage,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import type { Watched } from "../../durable-objects/home-timeline/home-timeline.ts";
import { unpack } from "../../durable-objects/home-timeline/packed.ts";
import type { WindowQuery } from "../../durable-objects/home-timeline/window-read.ts";
import type { Cold } from "../../durable-objects/cold.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { type HomeStub, ObjectUnavailable } from "../../durable-objects/objects.ts";
import { rebuild } from "./rebuild.ts";

/** Reads a part of the hot window. @throws ObjectUnavailable, StoreUnavailable */
export async function readHomeWindow(
  deps: Deps,
  viewer: UserId,
  query: WindowQuery,
  hint: DurableObjectLocationHint | null,
): Promise<Watched<WindowPage>> {
  const packed = await whenWarm(deps, viewer, hint, async (home) => await home.readWindow(query));
  return learned(deps, viewer, unpack(packed));
}

/** Reads the most promising entries of the hot window. @throws ObjectUnavailable, StoreUnavailable */
export async function readShortlist(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<Watched<Shortlist>> {
  const packed = await whenWarm(deps, viewer, hint, async (home) => await home.readShortlist());
  return learned(deps, viewer, unpack(packed));
}

/** Reads those of some entries that the hot window still shows. @throws ObjectUnavailable, StoreUnavailable */
export async function readListed(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
  { ids, top }: { ids: readonly Id[]; top: Id },
): Promise<Watched<WindowPage>> {
  const packed = await whenWarm(
    deps,
    viewer,
    hint,
    async (home) => await home.readListed(ids, top),
  );
  return learned(deps, viewer, unpack(packed));
}

/** Notes which sessions have ended, as every page tells. */
function learned<T>(deps: Deps, viewer: UserId, page: Watched<T>): Watched<T> {
  deps.sessions.learn(viewer, page.ended);
  return page;
}

/** Reads whom the viewer follows, and which of them are hidden. @throws ObjectUnavailable, StoreUnavailable */
export async function readFollowees(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<{ followees: UserId[]; hidden: UserId[] }> {
  return whenWarm(deps, viewer, hint, async (home) => await home.readFollowees());
}

/** Reads the viewer's reactions to posts outside the window, and their relations to some users. */
export async function viewerReactions(
  deps: Deps,
  viewer: UserId,
  { posts, users }: { posts: readonly PostId[]; users: readonly UserId[] },
): Promise<ViewerReactions & RelationsTo> {
  if (posts.length === 0 && users.length === 0) {
    return { viewerOf: {}, unknown: [], ownChanges: {}, followed: [], hidden: [] };
  }
  return deps.homes.call(viewer, async (home) => await home.viewerReactions(posts, users));
}

/**
 * Calls a timeline, and rebuilds it first if it is cold.
 * @throws ObjectUnavailable if it goes cold again and again; StoreUnavailable
 */
export async function whenWarm<T extends { status: string }>(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
  work: (home: HomeStub) => Promise<T | Cold>,
): Promise<Exclude<T, Cold>> {
  for (let attempt = 0; attempt < REBUILD_ATTEMPTS; attempt++) {
    const answer = await deps.homes.call(viewer, work, hint);
    if (isWarm<T>(answer)) return answer;
    await rebuild(deps, viewer, hint);
  }
  throw new ObjectUnavailable(
    `home timeline of ${viewer}: it went cold again after ${REBUILD_ATTEMPTS} rebuilds`,
  );
}

function isWarm<T extends { status: string }>(answer: T | Cold): answer is Exclude<T, Cold> {
  return answer.status !== "cold";
}
