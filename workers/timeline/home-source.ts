/** Reading the hot window, which a cold timeline has to get first. */
import type {
  ViewerReactions,
  Shortlist,
  WindowPage,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import type { WindowQuery } from "../../durable-objects/home-timeline/window-read.ts";
import type { Cold } from "../../durable-objects/cold.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { type HomeStub, ObjectUnavailable } from "../objects.ts";
import { rebuild } from "./rebuild.ts";

/** The viewer's entries in the hot window. @throws ObjectUnavailable, StoreUnavailable */
export async function readHomeWindow(
  deps: Deps,
  viewer: UserId,
  ask: WindowQuery,
  hint: DurableObjectLocationHint | null,
): Promise<WindowPage & { watched: boolean }> {
  return whenWarm(deps, viewer, hint, async (home) => await home.readWindow(ask));
}

/** What of the hot window has the best prospects. @throws ObjectUnavailable, StoreUnavailable */
export async function readShortlist(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<Shortlist & { watched: boolean }> {
  return whenWarm(deps, viewer, hint, async (home) => await home.readShortlist());
}

/** Those of some entries that the hot window still shows. @throws ObjectUnavailable, StoreUnavailable */
export async function readListed(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
  { ids, top }: { ids: readonly Id[]; top: Id },
): Promise<WindowPage & { watched: boolean }> {
  return whenWarm(deps, viewer, hint, async (home) => await home.readListed(ids, top));
}

/** Whom the viewer follows. @throws ObjectUnavailable, StoreUnavailable */
export async function readFollowees(
  deps: Deps,
  viewer: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<UserId[]> {
  const answer = await whenWarm(deps, viewer, hint, async (home) => await home.readFollowees());
  return answer.followees;
}

/** What a viewer did to posts that are not in the window, and whom of some they follow. */
export async function viewerReactions(
  deps: Deps,
  viewer: UserId,
  about: { posts: readonly PostId[]; users: readonly UserId[] },
): Promise<ViewerReactions & { followed: readonly UserId[] }> {
  const { posts, users } = about;
  if (posts.length === 0 && users.length === 0) return { viewerOf: {}, unknown: [], followed: [] };
  return deps.homes.call(viewer, async (home) => await home.viewerReactions(posts, users));
}

/** Calls a timeline, and fills it first if it is cold. */
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
  throw new ObjectUnavailable(`home timeline of ${viewer}: it does not stay warm`);
}

function isWarm<T extends { status: string }>(answer: T | Cold): answer is Exclude<T, Cold> {
  return answer.status !== "cold";
}
