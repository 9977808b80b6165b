/** One post and a great many people: what it costs to count them, and to tell them. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import pMap from "p-map";
import { describe, expect, it, vi } from "vitest";
import type { PostCounter } from "../../durable-objects/post-counter/post-counter.ts";
import { makeId } from "../../feed/ids.ts";
import { AUDIENCE_NODE_MEMBERS } from "../../feed/limits.ts";
import type { Post, Session } from "../../feed/wire.ts";
import { mintToken } from "../../workers/auth/tokens.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

const ACTORS = 1_000;
/** What each of them does: ends liked and not reposted. */
const DEEDS = [
  "PUT like",
  "DELETE like",
  "PUT like",
  "PUT repost",
  "DELETE repost",
  "PUT repost",
  "DELETE repost",
  "DELETE like",
  "PUT repost",
  "DELETE repost",
] as const;

/** Accounts in one go: ids and tokens, without a call for each. */
async function crowd(world: World, size: number): Promise<{ token: string }[]> {
  const handles = Array.from({ length: size }, (_, n) => `one_of_many_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  const accounts = await world.deps.store.accounts.byHandles(handles);
  return pMap([...accounts.values()], ({ id }) => mintToken(world.deps.config, id, Date.now()));
}

describe("10,000 reactions to one post", () => {
  it("end at the exact count, for a hundredth of as many calls", { timeout: 300_000 }, async () => {
    let calls = 0;
    const counters = new Proxy(bindings.POST_COUNTER, {
      get(namespace, verb) {
        if (verb !== "getByName") return Reflect.get(namespace, verb) as unknown;
        return (name: string): DurableObjectStub<PostCounter> => {
          calls++;
          return namespace.getByName(name);
        };
      },
    });
    const world = new World({ POST_COUNTER: counters });
    const ada = await world.account();
    const post = await world.post(ada, "everybody look");
    const actors = await crowd(world, ACTORS);
    await world.drain();
    calls = 0;
    const messagesBefore = world.sent;
    for (const deed of DEEDS) {
      const [method = "", verb = ""] = deed.split(" ");
      const path = `/v1/posts/${post}/${verb}`;
      await pMap(actors, ({ token }) => world.call(method, path, { token }), { concurrency: 20 });
      await world.drain({ batchSize: 100 });
    }
    const reactions = ACTORS * DEEDS.length;
    const counter = bindings.POST_COUNTER.getByName(post);
    expect(await counter.read()).toEqual({ likes: 0, reposts: 0, replies: 0 });
    await pMap(actors, ({ token }) => world.call("PUT", `/v1/posts/${post}/like`, { token }), {
      concurrency: 20,
    });
    await world.drain({ batchSize: 100 });
    expect(await counter.read()).toEqual({ likes: ACTORS, reposts: 0, replies: 0 });
    expect(calls).toBeLessThan(reactions / 20);
    console.log(
      `${reactions + ACTORS} reactions: ${calls} calls of the counter, ` +
        `${world.sent - messagesBefore} queue messages`,
    );
  });
});

describe("an audience of more than a node can call", () => {
  it(
    "is spread over relays, and hears of a change all the same",
    { timeout: 120_000 },
    async () => {
      const world = new World();
      const ada = await world.account();
      const post = await world.post(ada, "everybody look");
      await world.drain();
      const counter = world.env.POST_COUNTER.getByName(post);
      // People who have left long since fill the first node.
      const gone = Array.from({ length: AUDIENCE_NODE_MEMBERS }, (_, n) => makeId(n, n % 1024, n));
      await pMap(gone, (user) => counter.watch(user), { concurrency: 50 });
      const watchers: { session: Session; socket: LiveSocket }[] = [];
      for (let n = 0; n < 6; n++) {
        const session = await world.account();
        await world.follow(session, ada);
        const socket = await LiveSocket.open(world, session);
        await world.call("GET", "/v1/timeline?order=latest", { token: session.token });
        watchers.push({ session, socket });
      }
      const members = await runInDurableObject(counter, (_, { storage }) => ({
        here: storage.sql.exec("SELECT user FROM members").toArray().length,
        below: storage.sql.exec("SELECT no FROM children").toArray().length,
      }));
      expect(members.here).toBe(AUDIENCE_NODE_MEMBERS);
      expect(members.below).toBeGreaterThan(0);

      const { body } = await world.call<Post>("PUT", `/v1/posts/${post}/like`, ada);
      expect(body.counts.likes).toBe(1);
      await world.drain();
      await vi.waitFor(
        async () => {
          await runDurableObjectAlarm(counter);
          for (const { socket } of watchers) {
            const counts = socket.frames.filter((frame) => frame.type === "counts");
            expect(counts.at(-1)).toMatchObject({ postId: post, counts: { likes: 1 } });
          }
        },
        { timeout: 30_000, interval: 200 },
      );
      // Whoever did not answer that they look is forgotten; nothing had to be taken back by anyone.
      const left = await runInDurableObject(counter, (_, { storage }) =>
        storage.sql.exec("SELECT user FROM members").toArray(),
      );
      expect(left).toEqual([]);
    },
  );
});
