/** What a client gets that comes back to its socket, or opens it after a page, while it follows pulled authors. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LIVE_KEPT_MS, LIVE_RECENT_MS } from "../../feed/limits.ts";
import type { Frame, Session, Timeline } from "../../feed/wire.ts";
import { eventually } from "../eventually.ts";
import { hubFor } from "./hub-members.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 60_000 });

const THRESHOLD = 2;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Makes two pulled authors, a pushed one, and a reader of all three with an open socket. */
async function reader() {
  const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
  const [bob, friend] = [await world.account(), await world.account()];
  await world.scroll(bob);
  const authors: Session[] = [];
  for (let n = 0; n < 2; n++) {
    const { author } = await world.audience(THRESHOLD - 1);
    await world.follow(bob, author);
    authors.push(author);
  }
  await world.follow(bob, friend);
  await world.drain();
  const socket = await LiveSocket.open(world, bob);
  await eventually(() => expect(socket.frames).toHaveLength(1));
  const [ada, amy] = authors;
  if (ada === undefined || amy === undefined) throw new Error("two authors");
  return { world, bob, ada, amy, friend, socket };
}

type Scene = Awaited<ReturnType<typeof reader>>;

/** A post of each author, delivered, and the change that each makes. */
async function postsOf({ world, ada, amy, friend }: Scene): Promise<string[]> {
  const posts: string[] = [];
  for (const author of [ada, friend, amy]) {
    posts.push(`+${await world.post(author, `number ${posts.length}`)}`);
    await world.drain();
  }
  return posts;
}

function numbersOf({ frames }: LiveSocket): number[] {
  return frames.flatMap((frame: Frame) => ("seq" in frame ? [frame.seq] : []));
}

const growing = (numbers: readonly number[]) => [...new Set(numbers)].toSorted((a, b) => a - b);

/** Long enough ago that the first news are no longer among those that a socket may get again. */
function later(byMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + byMs });
}

describe("frames of pulled authors", () => {
  it("have a number each, which grows, also after the timeline was evicted", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    const posts = await postsOf(scene);
    await eventually(() => expect(new Set(socket.changes)).toEqual(new Set(posts)));
    await world.evict(bob);
    const more = await postsOf(scene);
    await eventually(() => expect(new Set(socket.changes)).toEqual(new Set([...posts, ...more])));
    const numbers = numbersOf(socket);
    expect(numbers).toEqual(growing(numbers));
  });
});

describe("a reader of pulled authors who comes back", () => {
  it("with the newest number, having missed nothing, gets only hello", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    const posts = await postsOf(scene);
    await eventually(() => expect(new Set(socket.changes)).toEqual(new Set(posts)));
    const { seq } = socket;
    socket.close();
    later(LIVE_RECENT_MS + 1);
    // The token has to be valid at the later time.
    const again = await world.session(bob.user.handle);
    const back = await LiveSocket.open(world, again, { since: Math.max(seq, Date.now() - 1) });
    await eventually(() => expect(back.frames).toHaveLength(1));
    expect(back.frames[0]?.type).toBe("hello");
  });

  it("gets every post and deletion that it missed, with growing numbers, and no resync", async () => {
    const scene = await reader();
    const { world, bob, ada, socket } = scene;
    const before = await postsOf(scene);
    await eventually(() => expect(new Set(socket.changes)).toEqual(new Set(before)));
    const { seq } = socket;
    socket.close();
    await eventually(() => expect(socket.closed).not.toBeNull());
    const missed = await postsOf(scene);
    const gone = before[0]?.slice(1) ?? "";
    await world.call("DELETE", `/v1/posts/${gone}`, { token: ada.token });
    await world.drain();
    const deleted = await world.post(ada, "short-lived");
    await world.drain();
    await world.call("DELETE", `/v1/posts/${deleted}`, { token: ada.token });
    await world.drain();
    await world.evict(bob);
    // The author feeds publish within a second or two.
    await eventually(async () => {
      const back = await LiveSocket.open(world, bob, { since: seq });
      await eventually(() => expect(back.frames.length).toBeGreaterThan(missed.length));
      const changes = [...new Set(back.changes)];
      const got = changes.filter((change) => missed.includes(change));
      back.close();
      expect(back.frames.map(({ type }) => type)).not.toContain("resync");
      expect(got.toSorted()).toEqual(missed.toSorted());
      expect(changes).toContain(`-${gone}`);
      expect(changes).not.toContain(`+${deleted}`);
      const numbers = numbersOf(back).slice(1);
      expect(numbers).toEqual(growing(numbers));
    });
  });

  it("in the middle of a replay gets the rest", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    const { seq } = socket;
    socket.close();
    await eventually(() => expect(socket.closed).not.toBeNull());
    const missed = [...(await postsOf(scene)), ...(await postsOf(scene))];
    const back = await LiveSocket.open(world, bob, { since: seq });
    await eventually(() => expect(new Set(back.changes)).toEqual(new Set(missed)));
    const replayed = back.frames.slice(1);
    for (const [n, frame] of replayed.entries()) {
      if (!("seq" in frame)) throw new Error("a replayed frame has no number");
      const rest = await LiveSocket.open(world, bob, { since: frame.seq });
      const got = new Set(replayed.slice(0, n + 1).flatMap((one) => changeOf(one)));
      await eventually(() => {
        expect(new Set([...got, ...rest.changes])).toEqual(new Set(missed));
      });
      rest.close();
    }
  });

  it("after its hub has forgotten the news gets resync", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    const { seq } = socket;
    socket.close();
    await postsOf(scene);
    later(LIVE_KEPT_MS + LIVE_RECENT_MS);
    const again = await world.session(bob.user.handle);
    const back = await LiveSocket.open(world, again, { since: seq });
    await eventually(() => expect(back.frames).toHaveLength(2));
    expect(back.frames[1]).toEqual({ type: "resync" });
  });

  it("while its hub does not answer gets resync", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    const { seq } = socket;
    socket.close();
    const broken = { getByName: () => ({ join: () => Promise.reject(new Error("lost")) }) };
    // The objects share their bindings, perhaps with the test.
    const hubs = bindings.HUB;
    const setHubs = (HUB: unknown) =>
      runInDurableObject(world.home(bob), (instance) => {
        Object.assign(Reflect.get(instance, "env"), { HUB });
      });
    await setHubs(broken);
    try {
      const back = await LiveSocket.open(world, bob, { since: seq });
      await eventually(() => expect(back.frames).toHaveLength(2));
      expect(back.frames[1]).toEqual({ type: "resync" });
    } finally {
      await setHubs(hubs);
    }
  });
});

function changeOf(frame: Frame): string[] {
  return frame.type === "post" ? [`+${frame.item.post.id}`] : [];
}

describe("a timeline answer", () => {
  it("has a number with which a socket misses nothing that the page lacks", async () => {
    const scene = await reader();
    const { world, bob, socket } = scene;
    socket.close();
    for (const order of ["latest", "ranked"]) {
      const { body } = await world.call<Timeline>("GET", `/v1/timeline?order=${order}`, {
        token: bob.token,
      });
      const missed = await postsOf(scene);
      const onPage = body.items.map((item) => `+${item.post.id}`);
      await eventually(async () => {
        const opened = await LiveSocket.open(world, bob, { since: body.seq });
        await eventually(() => expect(opened.frames.length).toBeGreaterThanOrEqual(4));
        opened.close();
        expect(opened.frames.map(({ type }) => type)).not.toContain("resync");
        expect(new Set([...onPage, ...opened.changes])).toEqual(new Set([...onPage, ...missed]));
      });
    }
  });
});

describe("the news that are remembered", () => {
  /** What the author feed stores, and what the hub returns to a member of 15 minutes ago or less. */
  const newsOf = (author: Session, bob: Session) => {
    const feed = bindings.AUTHOR_FEED.getByName(author.user.id);
    const hub = hubFor(bob.user.id);
    const stored = () =>
      runInDurableObject(feed, (_, { storage }) =>
        storage.sql
          .exec<{ body: string }>("SELECT body FROM news")
          .toArray()
          .map(({ body }) => body)
          .join(),
      );
    const remembered = async () => {
      const request = { authors: [author.user.id], sinceMs: Date.now(), movedFrom: null };
      return JSON.stringify((await hub.join(bob.user.id, request)).changes);
    };
    return { feed, stored, remembered };
  };

  it("lose the text of a post when it is deleted", async () => {
    const scene = await reader();
    const { world, ada, bob, socket } = scene;
    const post = await world.post(ada, "regretted soon");
    await world.drain();
    await eventually(() => expect(socket.changes).toContain(`+${post}`));
    const { stored, remembered } = newsOf(ada, bob);
    expect(await stored()).toContain("regretted soon");
    expect(await remembered()).toContain("regretted soon");
    await world.call("DELETE", `/v1/posts/${post}`, { token: ada.token });
    await world.drain();
    await eventually(() => expect(socket.changes).toContain(`-${post}`));
    expect(await stored()).not.toContain("regretted soon");
    expect(await remembered()).not.toContain("regretted soon");
    // A hub writes no news to its storage.
    await evictDurableObject(hubFor(bob.user.id));
    expect(await remembered()).not.toContain("regretted soon");
  });

  it("go after a while by an alarm, though nobody posts", async () => {
    const scene = await reader();
    const { world, ada, bob, socket } = scene;
    const post = await world.post(ada, "soon forgotten");
    await world.drain();
    await eventually(() => expect(socket.changes).toContain(`+${post}`));
    const { feed, stored } = newsOf(ada, bob);
    const alarm = () => runInDurableObject(feed, (_, { storage }) => storage.getAlarm());
    await eventually(async () => expect(await alarm()).toBeGreaterThan(Date.now() + 60_000));
    later(LIVE_KEPT_MS + 60_000);
    await runDurableObjectAlarm(feed);
    expect(await stored()).toBe("");
  });
});
