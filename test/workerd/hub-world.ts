/** Scenes for tests of hubs: how many there are, and authors whose followers are their members. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import pMap from "p-map";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Session } from "../../feed/wire.ts";
import { mintToken } from "../../workers/auth/tokens.ts";
import { announced } from "./author-feeds.ts";
import { membersFor } from "./hub-members.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

/** Followers from which on an author of these scenes is pulled. */
export const THRESHOLD = 3;
/** How long something that should be soon may take on a machine that is busy. */
export const SOON = { timeout: 60_000, interval: 100 };

/** Changes how many hubs each region has, as a deploy with another variable does, while all objects live. */
export async function setHubs(hubs: number): Promise<void> {
  const objects = await runInDurableObject(
    bindings.HUB.getByName("hub:oc:1:0"),
    (instance): unknown => Reflect.get(instance, "env"),
  );
  for (const env of [bindings, objects]) Object.assign(env ?? {}, { HUBS_PER_REGION: `${hubs}` });
}

/** Has the tests of a file begin with one hub in each region and the real clock, without warnings. */
export function resetHubs(): void {
  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    await setHubs(1);
  });
}

/** A session as after a sign-in, whose sockets outlive its access token. */
export async function signedIn(world: World, { user }: Session): Promise<Session> {
  const { config, newId } = world.deps;
  const token = await mintToken(config, { user: user.id, session: newId(user.id) }, Date.now());
  return { ...token, user };
}

/** Gives an author `online` followers with an open socket each, whom it returns, and `offline` ones without. */
export async function openFollowers(
  world: World,
  author: Session,
  { online, offline = 0 }: { online: number; offline?: number },
): Promise<{ session: Session; socket: LiveSocket }[]> {
  const handles = Array.from({ length: online + offline }, (_, n) => `${author.user.handle}_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  await world.import(handles.map((handle) => ({ follow: [handle, author.user.handle] })));
  await world.drain();
  const open = async (handle: string) => {
    const session = await signedIn(world, await world.session(handle));
    return { session, socket: await LiveSocket.open(world, session) };
  };
  return pMap(handles.slice(0, online), open, { concurrency: 8 });
}

/** Makes a pulled author and followers with an open socket each, who are members of their hubs. */
export async function hubAudience(count: number, hubs = 1) {
  await setHubs(hubs);
  const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
  const author = await world.account();
  const readers = await openFollowers(world, author, { online: count });
  const users = readers.map(({ session }) => session.user.id);
  await vi.waitFor(async () => {
    expect(await membersFor(author.user.id, users, hubs)).toHaveLength(count);
  }, SOON);
  const feed = bindings.AUTHOR_FEED.getByName(author.user.id);
  await announced(feed);
  const post = async (text: string): Promise<string> => {
    const id = await world.post(author, text);
    await world.drain();
    return `+${id}`;
  };
  return { world, author, readers, users, feed, post };
}
