/** Changes of profiles: where the new name and picture show, and what that costs. */
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOX_DUE_MS } from "../../../feed/limits.ts";
import { PROFILE_AGAIN_MS } from "../../../feed/limits-profiles.ts";
import type { Change, Entry } from "../../../feed/timeline/entry.ts";
import type { Session, Timeline, TimelineItem, User } from "../../../feed/wire.ts";
import { unpack } from "../../../durable-objects/home-timeline/packed.ts";
import { idAt, original } from "../../entries.ts";
import { announced } from "../author-feeds.ts";
import { newHome, newUser, seedOf, warm } from "../homes.ts";
import { costsOf, installMeters, NO_COSTS } from "../meters.ts";
import { LiveSocket } from "../socket.ts";
import { World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

const HOSTS = { IMAGE_HOSTS: "images.example *.cdn.example" };
const PICTURE = "https://images.example/ada.png";
/** How long a counter or a hub may take on a slow machine. */
const WITHIN = { timeout: 30_000, interval: 100 };

beforeAll(installMeters);
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

function change(world: World, { token }: Session, body: unknown) {
  return world.call<User>("PATCH", "/v1/me", { token, body });
}

/** All items of a viewer's timeline, newest first. */
async function allItems(world: World, { token }: Session): Promise<TimelineItem[]> {
  const items: TimelineItem[] = [];
  for (let cursor = ""; ;) {
    const path = `/v1/timeline?order=latest&limit=20${cursor}`;
    const { body } = await world.call<Timeline>("GET", path, { token });
    items.push(...body.items);
    if (body.next === null) return items;
    cursor = `&cursor=${body.next}`;
  }
}

/** The names of an account wherever a timeline shows it. */
async function namesOf(world: World, viewer: Session, { user }: Session): Promise<string[]> {
  const items = await allItems(world, viewer);
  const cards = items.flatMap(({ post, reason }) => [
    post.author,
    ...(reason.by ? [reason.by] : []),
  ]);
  return cards.filter(({ id }) => id === user.id).map(({ name }) => name);
}

describe("PATCH /v1/me", () => {
  it("changes what it names, and leaves the rest", async () => {
    const world = new World(HOSTS);
    const ada = await world.account();
    const first = await change(world, ada, { name: " Ada ", bio: "Notes", avatarUrl: PICTURE });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ name: "Ada", bio: "Notes", avatarUrl: PICTURE });
    expect((await change(world, ada, { bio: "" })).body).toMatchObject({ name: "Ada", bio: "" });
    const picture = "https://a.b.cdn.example/x";
    expect((await change(world, ada, { avatarUrl: picture })).body.avatarUrl).toBe(picture);
    expect((await change(world, ada, { avatarUrl: null })).body.avatarUrl).toBeNull();
    const { body } = await world.call<User>("GET", `/v1/users/@${ada.user.handle}`);
    expect(body).toMatchObject({ name: "Ada", bio: "", avatarUrl: null });
  });

  it.each([
    ["a picture over http", { avatarUrl: "http://images.example/a.png" }, "avatarUrl"],
    ["a picture on another host", { avatarUrl: "https://evil.example/a.png" }, "avatarUrl"],
    ["a host that only ends alike", { avatarUrl: "https://evilcdn.example/a" }, "avatarUrl"],
    ["a picture with a password", { avatarUrl: "https://a:b@images.example/a" }, "avatarUrl"],
    ["no address", { avatarUrl: "a.png" }, "avatarUrl"],
    ["a long address", { avatarUrl: `${PICTURE}?${"x".repeat(300)}` }, "avatarUrl"],
    ["a long bio", { bio: "x".repeat(161) }, "bio"],
    ["an empty name", { name: " " }, "name"],
    ["a handle", { handle: "eve" }, "handle"],
  ])("refuses %s", async (_, body, path) => {
    const world = new World(HOSTS);
    const answer = await change(world, await world.account(), body);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(answer.body).toMatchObject({ errors: [{ path }] });
  });

  it("keeps both of two concurrent changes of different fields", async () => {
    const world = new World();
    const ada = await world.account();
    await Promise.all([change(world, ada, { name: "Ada" }), change(world, ada, { bio: "Notes" })]);
    const { body } = await world.call<User>("GET", "/v1/me", { token: ada.token });
    expect(body).toMatchObject({ name: "Ada", bio: "Notes" });
  });

  it("writes no job if only the bio changes, or nothing", async () => {
    const world = new World();
    const ada = await world.account();
    await world.drain();
    const before = world.sent;
    await change(world, ada, { bio: "Notes", name: ada.user.name });
    await change(world, ada, {});
    expect(world.sent).toBe(before);
  });
});

describe("a follower", () => {
  it("of a pushed author sees the new name in the hot window and below it, at no more cost", async () => {
    const world = new World();
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    for (let n = 0; n < 40; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const page = () =>
      costsOf(world, () =>
        world.call("GET", "/v1/timeline?order=latest&limit=10", { token: reader.token }),
      );
    await page();
    await change(world, author, { name: "Renamed" });
    await world.drain();
    expect(await namesOf(world, reader, author)).toEqual(Array(40).fill("Renamed"));
    // The counts of young posts are read again from time to time.
    const { kvReads, ...others } = await page();
    expect({ ...others, kvReads: 0 }).toEqual({ ...NO_COSTS, objectCalls: 1 });
    expect(kvReads).toBeLessThanOrEqual(10);
    const ranked = await world.call<Timeline>("GET", "/v1/timeline", { token: reader.token });
    expect(new Set(ranked.body.items.map(({ post }) => post.author.name))).toEqual(
      new Set(["Renamed"]),
    );
  });

  it("sees the newer name whatever order changes and posts arrive in", async () => {
    const world = new World();
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    await world.post(author, "before");
    await change(world, author, { name: "First" });
    await world.post(author, "between");
    await change(world, author, { name: "Second" });
    await world.drain({ shuffle: (messages) => messages.toReversed(), duplicate: () => true });
    expect(await namesOf(world, reader, author)).toEqual(["Second", "Second"]);
  });

  it("who is asleep gets no call, and sees the new name when the timeline is rebuilt", async () => {
    const world = new World();
    const { author, readers } = await world.audience(1);
    const sleeper = await world.account();
    await world.follow(sleeper, author);
    await world.post(author, "a post");
    await world.drain();
    // The first fan-out found the timeline cold and marked the follower.
    const called = vi.spyOn(world.deps.homes, "call");
    await change(world, author, { name: "Renamed" });
    await world.drain();
    // The author's own timeline, twice, and that of the reader.
    const { id } = author.user;
    const expected = [id, id, ...readers.map((reader) => reader.user.id)];
    expect(called.mock.calls.map(([user]) => user).toSorted()).toEqual(expected.toSorted());
    vi.restoreAllMocks();
    expect(await namesOf(world, sleeper, author)).toEqual(["Renamed"]);
  });

  it("gets a frame at once, and one that was away gets it when it comes back", async () => {
    const world = new World(HOSTS);
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    await world.drain();
    const { body } = await world.call<Timeline>("GET", "/v1/timeline", { token: reader.token });
    const socket = await LiveSocket.open(world, reader, { since: body.seq });
    await change(world, author, { name: "Renamed", avatarUrl: PICTURE });
    await world.drain();
    const { id, handle } = author.user;
    const user = { id, handle, name: "Renamed", avatarUrl: PICTURE };
    await vi.waitFor(() => {
      expect(socket.frames).toContainEqual(expect.objectContaining({ type: "profile", user }));
    }, WITHIN);
    socket.close();
    const again = await LiveSocket.open(world, reader, { since: body.seq });
    await vi.waitFor(() => {
      expect(again.frames).toContainEqual(expect.objectContaining({ type: "profile", user }));
    }, WITHIN);
    expect(again.frames.filter(({ type }) => type === "resync")).toEqual([]);
    again.close();
  });

  it("of a pulled author sees the new name on every page, and gets a frame", async () => {
    const world = new World({ CELEBRITY_THRESHOLD: "1" });
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    for (let n = 0; n < 70; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const { epoch } = await accountOf(world, author);
    expect(epoch).toBe(1);
    const feed = world.env.AUTHOR_FEED.getByName(author.user.id);
    await namesOf(world, reader, author);
    await announced(feed);
    const socket = await LiveSocket.open(world, reader);
    await vi.waitFor(async () => {
      const hubs = await runInDurableObject(feed, (_, { storage }) =>
        storage.sql.exec("SELECT * FROM subscribers").toArray(),
      );
      expect(hubs).not.toEqual([]);
    }, WITHIN);
    await change(world, author, { name: "Renamed" });
    await world.drain();
    await announced(feed);
    await vi.waitFor(async () => {
      expect(await namesOf(world, reader, author)).toEqual(Array(70).fill("Renamed"));
    }, WITHIN);
    await vi.waitFor(() => {
      expect(socket.frames).toContainEqual(expect.objectContaining({ type: "profile" }));
    }, WITHIN);
    socket.close();
  });
});

describe("a repost", () => {
  it("shows the author's new name to those who do not follow them, at no more cost", async () => {
    const { world, author, reader, post } = await reposted();
    const page = () =>
      costsOf(world, () =>
        world.call("GET", "/v1/timeline?order=latest&limit=10", { token: reader.token }),
      );
    await page();
    const before = await page();
    await change(world, author, { name: "Renamed" });
    await world.drain();
    await vi.waitFor(async () => {
      expect(await namesOf(world, reader, author)).toEqual(["Renamed"]);
    }, WITHIN);
    expect(await page()).toEqual(before);
    // The value in KV outlives the time for which counts are kept.
    const { keys } = await world.env.COUNTS.list({ prefix: `counts:${post}` });
    expect(keys.map(({ expiration }) => expiration)).toEqual([undefined]);
  });

  it("that the store has not counted yet gets the new name the second time", async () => {
    const { world, author, reader, post } = await reposted();
    const { posts } = world.deps.store;
    const byAuthors = posts.byAuthors.bind(posts);
    const uncounted = vi.spyOn(posts, "byAuthors");
    uncounted.mockImplementationOnce(async (...query) => {
      const slices = await byAuthors(...query);
      for (const { entries } of slices.values())
        for (const entry of entries) entry.post.counts = { likes: 0, reposts: 0, replies: 0 };
      return slices;
    });
    await change(world, author, { name: "Renamed" });
    await world.drain();
    await world.sweep(PROFILE_AGAIN_MS + OUTBOX_DUE_MS);
    await world.drain();
    expect(uncounted.mock.calls.length).toBeGreaterThanOrEqual(2);
    await vi.waitFor(async () => {
      expect(await namesOf(world, reader, author)).toEqual(["Renamed"]);
    }, WITHIN);
    expect(post).not.toBe("");
  });

  it("shows the reposter's new name to their followers", async () => {
    const { world, reposter, reader } = await reposted();
    await change(world, reposter, { name: "Renamed" });
    await world.drain();
    expect(await namesOf(world, reader, reposter)).toEqual(["Renamed"]);
  });
});

describe("a rebuild", () => {
  it("that read the old name before the change shows the new one", async () => {
    const { home } = newHome();
    const author = newUser();
    const token = (await home.beginRebuild()) ?? "";
    await home.deliver([cardChange(author, "Renamed", 5)]);
    const entries = [original({ id: idAt(1), author })];
    expect(await home.seed(seedOf(token, { follows: [author], entries }))).toBe(true);
    expect(await namesIn(home)).toEqual(["Renamed"]);
  });

  it("ends what is known of earlier changes, and an older card changes nothing", async () => {
    const { home } = newHome();
    const author = newUser();
    const entry = original({ id: idAt(1), author });
    await warm(home, { follows: [author], entries: [entry] });
    await home.deliver([cardChange(author, "Second", 5)]);
    await home.deliver([cardChange(author, "First", 4)]);
    expect(await namesIn(home)).toEqual(["Second"]);
    await home.forget();
    await warm(home, { follows: [author], entries: [entry] });
    expect(await namesIn(home)).toEqual([entry.post.author.name]);
  });

  it("is asked for once more accounts than a timeline can show have changed", async () => {
    const { home } = newHome();
    const authors = Array.from({ length: 2_001 }, newUser);
    await warm(home, { follows: authors });
    const answer = await home.deliver(authors.map((author) => cardChange(author, "Renamed", 5)));
    expect(answer).toEqual({ status: "cold" });
  });
});

function cardChange(id: string, name: string, version: number): Change {
  return { kind: "card", card: { id, handle: "ada", name, avatarUrl: null, version } };
}

async function namesIn(home: ReturnType<typeof newHome>["home"]): Promise<string[]> {
  const answer = await home.readWindow({ top: null, below: null, limit: 100 });
  if (answer.status === "cold") throw new Error("the timeline is cold");
  return unpack<{ entries: Entry[] }>(answer).entries.map(({ post }) => post.author.name);
}

async function accountOf(world: World, { user }: Session) {
  const account = (await world.deps.store.accounts.byIds([user.id])).get(user.id);
  if (account === undefined) throw new Error("there is no such account");
  return account;
}

/** A post that a reader sees only because somebody whom they follow has reposted it. */
async function reposted() {
  const world = new World();
  const { author: reposter, readers } = await world.audience(1);
  const [reader = reposter] = readers;
  const author = await world.account();
  const post = await world.post(author, "a post");
  await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
  await world.drain();
  expect(await namesOf(world, reader, author)).toEqual([author.user.name]);
  // The store gets counts some time after KV.
  await world.deps.store.reactions.storeCounts(post, { likes: 0, reposts: 1, replies: 0 }, 1);
  return { world, author, reposter, reader, post };
}
