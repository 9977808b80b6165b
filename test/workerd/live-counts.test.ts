import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { hubOf } from "../../feed/delivery/hub-ring.ts";
import { idTimeMs } from "../../feed/ids.ts";
import { DEFAULT_REGION } from "../../feed/delivery/regions.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { keepCounts } from "./kept-counts.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

function readPage(world: World, { token }: Session) {
  return world.call<Timeline>("GET", "/v1/timeline?order=latest", { token });
}

function countsSeen(socket: LiveSocket, post: string) {
  return socket.frames.flatMap((frame) =>
    frame.type === "counts" && frame.postId === post ? [frame.counts] : [],
  );
}

describe("live counts", () => {
  it("reach readers who were served the post with a socket open, and end at the last value", async () => {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    await world.follow(bob, ada);
    await world.follow(cyd, ada);
    const post = await world.post(ada, "hello");
    await world.drain();
    const watching = await LiveSocket.open(world, bob);
    await readPage(world, bob);
    const elsewhere = await LiveSocket.open(world, cyd);

    const likers = await Promise.all(Array.from({ length: 12 }, () => world.account()));
    for (const { token } of likers) {
      await world.call("PUT", `/v1/posts/${post}/like`, { token });
      await world.drain();
    }
    const counter = world.env.POST_COUNTER.getByName(post);
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(counter);
        expect(countsSeen(watching, post).at(-1)?.likes).toBe(12);
      },
      { timeout: 10_000, interval: 100 },
    );
    // At most one frame a second, however many reactions: twelve took far less than twelve seconds.
    expect(countsSeen(watching, post).length).toBeLessThan(12);
    expect(countsSeen(elsewhere, post)).toEqual([]);
  });

  it("are on a page that is opened with a socket, however long counts are kept for other pages", async () => {
    const world = new World();
    keepCounts(world.deps, world.env);
    const readers = [await world.account(), await world.account(), await world.account()] as const;
    const [watching, late, silent] = readers;
    const ada = await world.account();
    for (const reader of readers) await world.follow(reader, ada);
    const post = await world.post(ada, "hello");
    await world.drain();
    // The first tokens expire meanwhile.
    const fresh = (one: Session) => world.session(one.user.handle);
    const likesFor = async (reader: Session) =>
      (await readPage(world, await fresh(reader))).body.items[0]?.post.counts.likes;
    // The post is old enough for its counts to be kept for half an hour.
    vi.useFakeTimers({ toFake: ["Date"], now: idTimeMs(post) + 30 * 60_000 });
    try {
      const socket = await LiveSocket.open(world, await fresh(watching));
      for (const reader of readers) expect(await likesFor(reader)).toBe(0);
      await world.call("PUT", `/v1/posts/${post}/like`, { token: (await fresh(ada)).token });
      await world.drain();
      const counter = world.env.POST_COUNTER.getByName(post);
      await vi.waitFor(
        async () => {
          await runDurableObjectAlarm(counter);
          expect(countsSeen(socket, post).at(-1)?.likes).toBe(1);
        },
        { timeout: 10_000, interval: 100 },
      );
      expect(await likesFor(watching)).toBe(1);
      await LiveSocket.open(world, await fresh(late));
      expect(await likesFor(late)).toBe(1);
      expect(await likesFor(silent)).toBe(0);
      expect(await likesFor(ada)).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("count replies, and stop counting a deleted one", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    const post = await world.post(ada, "hello");
    const socket = await LiveSocket.open(world, ada);
    await readPage(world, ada);
    const reply = await world.post(bob, "hi", post);
    const counter = world.env.POST_COUNTER.getByName(post);
    const lastSeen = async (replies: number) => {
      await runDurableObjectAlarm(counter);
      expect(countsSeen(socket, post).at(-1)?.replies).toBe(replies);
    };
    await vi.waitFor(() => lastSeen(1), { timeout: 10_000, interval: 100 });
    await world.call("DELETE", `/v1/posts/${reply}`, { token: bob.token });
    await world.drain();
    await vi.waitFor(() => lastSeen(0), { timeout: 10_000, interval: 100 });
  });

  it("stop for a reader who closed the page, and resume when they return", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    const post = await world.post(ada, "hello");
    const first = await LiveSocket.open(world, ada);
    await readPage(world, ada);
    first.close();
    const counter = world.env.POST_COUNTER.getByName(post);
    const hub = world.env.HUB.getByName(hubOf(DEFAULT_REGION, 1, ada.user.id));
    const like = async (method: "PUT" | "DELETE") => {
      await world.call(method, `/v1/posts/${post}/like`, { token: bob.token });
      await world.drain();
    };
    await like("PUT");
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(counter);
        expect(await hub.screenOf(ada.user.id)).toBeNull();
      },
      { timeout: 10_000, interval: 100 },
    );
    const second = await LiveSocket.open(world, ada);
    await readPage(world, ada);
    await like("DELETE");
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(counter);
        expect(countsSeen(second, post).at(-1)?.likes).toBe(0);
      },
      { timeout: 10_000, interval: 100 },
    );
  });
});
