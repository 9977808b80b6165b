/** Deleting and suspending an account, on the whole Worker with whichever store. */
import { describe, expect, it, vi } from "vitest";
import { DELETION_AGAIN_MS, HANDLE_KEPT_MS } from "../../feed/limits-lifecycle.ts";
import { DELETING_TOKEN_MAX_AGE_MS } from "../../feed/limits-sessions.ts";
import type { Problem, Session, Timeline } from "../../feed/wire.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { announced } from "./author-feeds.ts";
import { LiveSocket } from "./socket.ts";
import { type Trace, tracesOf } from "./traces.ts";
import { World } from "./world.ts";

const PASSWORD = "correct horse battery";
/** Isolates ask once a second which versions of pulled pages are the newest. */
const SOON = { timeout: 20_000, interval: 100 };
let made = 0;

/** An account with a password. */
async function signUp(world: World): Promise<Session> {
  const handle = `leaver_${(made++).toString(36)}_${Date.now().toString(36)}`;
  const { body, status } = await world.call<Session>("POST", "/v1/accounts", {
    body: { handle, password: PASSWORD, name: `Name of ${handle}` },
  });
  expect(status).toBe(201);
  return body;
}

const deleteMe = (world: World, user: Session, password = PASSWORD) =>
  world.call<Problem | null>("DELETE", "/v1/me", { token: user.token, body: { password } });

const setState = (world: World, user: Session, state: string) =>
  world.call("PUT", `/v1/admin/accounts/${user.user.handle}/state`, {
    token: world.env.ADMIN_TOKEN,
    body: { state },
  });

const react = (world: World, user: Session, post: string, kind: "like" | "repost", on = true) =>
  world.call(on ? "PUT" : "DELETE", `/v1/posts/${post}/${kind}`, { token: user.token });

/** The account without anything but its handle, and where a store has handles by themselves. */
function isTakenHandle({ place, value }: Trace): boolean {
  return value.includes('"gone"') || place.endsWith(" handles") || value.startsWith('["handle:');
}

/** Runs the jobs of a later time, as the sweep finds them then. */
async function atLater(world: World, laterMs: number): Promise<void> {
  world.deps.nowMs = () => Date.now() + laterMs;
  await world.sweep(laterMs);
  await world.drain();
  world.deps.nowMs = () => Date.now();
}

/** An account that has done everything that an account can do, with others around it. */
async function busyAccount(world: World) {
  const ada = await signUp(world);
  const [bob, cat, dan, eve] = [
    await world.account(),
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  for (const reader of [ada, bob, cat, dan, eve]) await world.scroll(reader);
  await world.follow(bob, ada);
  await world.follow(ada, bob);
  await world.follow(cat, bob);
  await world.follow(eve, cat);
  const bobs = await world.post(bob, "a post of somebody else");
  const texts = [1, 2, 3].map((n) => `secret ${n} of ${ada.user.handle}`);
  const [first, second] = [
    await world.post(ada, texts[0] ?? ""),
    await world.post(ada, texts[1] ?? ""),
    await world.post(ada, texts[2] ?? "", bobs),
  ];
  await react(world, ada, bobs, "like");
  await react(world, ada, bobs, "repost");
  await react(world, bob, first, "like");
  await react(world, cat, second, "repost");
  await world.call("PUT", `/v1/users/${dan.user.id}/mute`, { token: ada.token });
  await world.call("PUT", `/v1/users/${ada.user.id}/block`, { token: dan.token });
  await world.call("POST", "/v1/timeline/impressions", {
    token: ada.token,
    body: { items: [{ postId: bobs, dwellMs: 500 }] },
  });
  await world.drain();
  const { handle, name } = ada.user;
  return { ada, bob, cat, eve, bobs, first, second, traces: [...texts, handle, name] };
}

describe("a deleted account", () => {
  it("leaves neither its texts nor its handle anywhere but the taken handle, and after 30 days not that", async () => {
    const world = new World();
    const { ada, bob, cat, bobs, traces } = await busyAccount(world);
    const places = (await tracesOf(world, traces)).map(({ place }) => place);
    expect(places).toContain("HOME_TIMELINE chunks");
    expect(places.length).toBeGreaterThan(5);
    expect((await deleteMe(world, ada)).status).toBe(202);
    await world.drain();
    expect(await world.scroll(bob)).toEqual([bobs]);
    expect(await world.scroll(cat)).toEqual([bobs]);
    await atLater(world, DELETION_AGAIN_MS + 1000);
    const left = await tracesOf(world, traces);
    expect(left.filter((trace) => !isTakenHandle(trace))).toEqual([]);
    // The name has the handle in it.
    const others = traces.filter((text) => text !== ada.user.handle);
    expect(left.filter(({ value }) => others.some((text) => value.includes(text)))).toEqual([]);
    const again = { handle: ada.user.handle, password: PASSWORD };
    const taken = await world.call<Problem>("POST", "/v1/accounts", { body: again });
    expect([taken.status, taken.body.code]).toEqual([409, "handle_taken"]);
    await atLater(world, DELETION_AGAIN_MS + HANDLE_KEPT_MS + 60_000);
    expect(await tracesOf(world, traces)).toEqual([]);
    expect((await world.call("POST", "/v1/accounts", { body: again })).status).toBe(201);
  });

  it("can't sign in, write, read or be found from the moment that its deletion was taken in", async () => {
    const world = new World();
    const { ada, bob, bobs, first } = await busyAccount(world);
    const socket = await LiveSocket.open(world, ada);
    await deleteMe(world, ada);
    await vi.waitFor(() => expect(socket.closed?.code).toBe(4401));
    const { handle, id } = ada.user;
    const signIn = await world.call<Problem>("POST", "/v1/sessions", {
      body: { handle, password: PASSWORD },
    });
    expect([signIn.status, signIn.body.code]).toEqual([401, "bad_credentials"]);
    const refused = await Promise.all([
      world.call("GET", "/v1/me", { token: ada.token }),
      world.call("GET", "/v1/me/export", { token: ada.token }),
      world.call("GET", "/v1/timeline?order=latest", { token: ada.token }),
      world.call("POST", "/v1/posts", { token: ada.token, body: { text: "still here" } }),
      world.call("PUT", `/v1/users/${bob.user.id}/follow`, { token: ada.token }),
      world.call("PUT", `/v1/users/${bob.user.id}/block`, { token: ada.token }),
      react(world, ada, bobs, "like"),
      deleteMe(world, ada),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 401));
    for (const path of [`users/${id}`, `users/@${handle}`, `users/${id}/posts`, `posts/${first}`]) {
      expect((await world.call("GET", `/v1/${path}`)).status, path).toBe(404);
    }
    await world.drain();
    expect(await world.scroll(bob)).toEqual([bobs]);
  });

  it("takes its likes, reposts, replies and follows out of the counts of others", async () => {
    const world = new World();
    const { ada, bob, bobs } = await busyAccount(world);
    await deleteMe(world, ada);
    await world.drain();
    const { body: user } = await world.call("GET", `/v1/users/${bob.user.id}`);
    // Cat follows Bob still.
    expect(user).toMatchObject({ counts: { followers: 1, following: 0 } });
    const counted = await world.env.POST_COUNTER.getByName(bobs).read();
    expect(counted).toMatchObject({ likes: 0, reposts: 0, replies: 0 });
  });

  it("without a password goes with a token of the last five minutes, and stays with an older one", async () => {
    const world = new World();
    const ada = await world.account();
    const remove = () => world.call("DELETE", "/v1/me", { token: ada.token, body: {} });
    world.deps.nowMs = () => Date.now() + DELETING_TOKEN_MAX_AGE_MS + 2_000;
    expect((await remove()).status).toBe(401);
    world.deps.nowMs = () => Date.now();
    expect((await remove()).status).toBe(202);
  });

  it("stays as it is if the password is wrong", async () => {
    const world = new World();
    const ada = await signUp(world);
    const { status, body } = await deleteMe(world, ada, "wrong");
    expect([status, body?.code]).toEqual([401, "bad_credentials"]);
    expect((await world.call("GET", "/v1/me", { token: ada.token })).status).toBe(200);
  });

  it("goes completely although every message is lost, and the sweep runs the jobs alone", async () => {
    const world = new World();
    const { ada, traces } = await busyAccount(world);
    await deleteMe(world, ada);
    for (let round = 1; round < 40; round++) {
      world.loseMessages();
      await world.sweep(120_000 * round);
      await world.deliverSome(1);
    }
    await world.drain();
    await atLater(world, 3 * DELETION_AGAIN_MS);
    await atLater(world, 4 * DELETION_AGAIN_MS + HANDLE_KEPT_MS);
    expect(await tracesOf(world, traces)).toEqual([]);
  });
});

describe("a suspended account", () => {
  it("is hidden with its posts and their reposts, and is back with all of them when it is restored", async () => {
    const world = new World();
    const { ada, bob, cat, eve, bobs, second } = await busyAccount(world);
    const before = [await world.scroll(bob), await world.scroll(eve), await world.scroll(ada)];
    expect(before[1]).toContain(second);
    const socket = await LiveSocket.open(world, ada);
    const watching = await LiveSocket.open(world, bob);
    expect((await setState(world, ada, "suspended")).status).toBe(200);
    await world.drain();
    await vi.waitFor(() => expect(socket.closed?.code).toBe(4401));
    await vi.waitFor(() => {
      expect(watching.frames.map(({ type }) => type)).toContain("resync");
    });
    expect(await world.scroll(bob)).toEqual([bobs]);
    expect(await world.scroll(eve)).toEqual([]);
    expect((await world.call("GET", `/v1/posts/${second}`)).status).toBe(404);
    const write = await world.call("POST", "/v1/posts", { token: ada.token, body: { text: "no" } });
    expect(write.status).toBe(401);
    const items = await world.call<{ items: unknown[] }>("GET", `/v1/users/${cat.user.id}/posts`);
    expect(items.body.items).toEqual([]);
    await setState(world, ada, "active");
    await world.drain();
    expect([await world.scroll(bob), await world.scroll(eve), await world.scroll(ada)]).toEqual(
      before,
    );
  });

  it("is signed out although its timeline could not be reached when it was suspended", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const world = new World();
    const ada = await world.account();
    await world.scroll(ada);
    const socket = await LiveSocket.open(world, ada);
    const unreachable = new ObjectUnavailable("the home timeline");
    vi.spyOn(world.deps.homes, "call").mockRejectedValueOnce(unreachable);
    await setState(world, ada, "suspended");
    expect(socket.closed).toBeNull();
    await world.drain();
    await vi.waitFor(() => expect(socket.closed?.code).toBe(4401));
    vi.restoreAllMocks();
  });

  it("whose posts are pulled is hidden in the pages of its feed, and back when it is restored", async () => {
    const world = new World({ CELEBRITY_THRESHOLD: "2" });
    const { author, readers } = await world.audience(3);
    await world.drain();
    const [reader] = readers;
    if (reader === undefined) throw new Error("no reader");
    const post = await world.post(author, "for all");
    await world.drain();
    expect(await world.scroll(reader)).toEqual([post]);
    const feed = world.env.AUTHOR_FEED.getByName(author.user.id);
    await setState(world, author, "suspended");
    await world.drain();
    await announced(feed);
    await vi.waitFor(async () => expect(await world.scroll(reader)).toEqual([]), SOON);
    await setState(world, author, "active");
    await world.drain();
    await announced(feed);
    await vi.waitFor(async () => expect(await world.scroll(reader)).toEqual([post]), SOON);
  });

  it("stays hidden in a timeline that gets one of its posts late, and that is rebuilt", async () => {
    const world = new World();
    const { author, readers } = await world.audience(1);
    const [reader] = readers;
    if (reader === undefined) throw new Error("no reader");
    await world.drain();
    await world.post(author, "late");
    const late = world.held;
    world.held = [];
    await setState(world, author, "suspended");
    await world.drain();
    world.held = late;
    await world.drain();
    expect(await world.scroll(reader)).toEqual([]);
    await world.home(reader).forget();
    expect(await world.scroll(reader)).toEqual([]);
    const { body } = await world.call<Timeline>("GET", "/v1/timeline", { token: reader.token });
    expect(body.items).toEqual([]);
  });
});
