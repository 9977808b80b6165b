/** Reading the hot window, which a cold timeline has to get first. */
import type { Ask, WindowPage } from "../../durable-objects/home-timeline/timeline.ts";
import type { Cold } from "../../durable-objects/home-timeline/home-timeline.ts";
import type { UserId } from "../../feed/ids.ts";
import { REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { type HomeStub, ObjectUnavailable } from "../objects.ts";
import { rebuild } from "./rebuild.ts";

/** The viewer's entries in the hot window. @throws ObjectUnavailable, StoreUnavailable */
export async function readHot(
  deps: Deps,
  viewer: UserId,
  ask: Ask,
  hint: DurableObjectLocationHint | null,
): Promise<WindowPage & { watched: boolean }> {
  return whenWarm(deps, viewer, hint, async (home) => await home.readWindow(ask));
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
