/** Home timelines in isolation: only the test calls them. */
import { env } from "cloudflare:workers";
import { unpack } from "../../durable-objects/home-timeline/packed.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import type { PullMode } from "../../feed/delivery/delivery-mode.ts";
import { BEGINNING, type Id, makeId, type UserId } from "../../feed/ids.ts";

let made = 0;

/** The id of an account that exists nowhere else. */
export function newUser(): UserId {
  made++;
  return makeId(Date.now(), made % 1024, made);
}

/** A new object that was never called. */
export function newHome() {
  return homeOf(newUser());
}

export function homeOf(owner: UserId) {
  return { owner, home: env.HOME_TIMELINE.getByName(owner) };
}

export type Home = ReturnType<typeof newHome>["home"];

/** What a rebuild read from the store. */
export interface Found {
  follows?: readonly UserId[];
  entries?: readonly Entry[];
  horizon?: Id;
  version?: number;
}

/** A seed as the edge would pass it. */
export function seedOf(
  token: string,
  { follows = [], entries = [], horizon = BEGINNING, version = 1 }: Found = {},
) {
  const followees = follows.map((user) => ({ user, version }));
  const slice = { entries: [...entries], horizon };
  const modes = new Map<UserId, PullMode>();
  return { token, followees, modes, slice, reactions: [], knownFrom: BEGINNING, relations: [] };
}

/** Fills a cold timeline. @throws if it is not cold, or the seed is refused */
export async function warm(home: Home, found: Found = {}): Promise<void> {
  const token = await home.beginRebuild();
  if (token === null || !(await home.seed(seedOf(token, found)))) {
    throw new Error("the timeline refused the seed");
  }
}

/** All entries that a timeline shows, newest first, and its horizon. @throws if it is cold */
export async function shownBy(home: Home): Promise<{ ids: Id[]; horizon: Id }> {
  const answer = await home.readWindow({ top: null, below: null, limit: 10_000 });
  if (answer.status === "cold") throw new Error("the timeline is cold");
  const { entries, horizon } = unpack(answer);
  return { ids: entries.map((entry) => entry.id), horizon };
}
