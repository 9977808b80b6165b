/** Counters that get more calls than an object takes, and counters of posts that nobody likes any more. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import pMap from "p-map";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CounterStore } from "../../durable-objects/post-counter/store.ts";
import { parkedKey } from "../../feed/counts/parked-counter.ts";
import { NONE_NEWER, type Tally } from "../../feed/counts/tally.ts";
import { BUCKETS, COUNTER_CHILDREN, COUNTER_COLD_MS, COUNTER_QUIET_MS } from "../../feed/limits.ts";
import { makeId } from "../../feed/ids.ts";
import type { Post } from "../../feed/wire.ts";
import { Chance } from "../model/chance.ts";
import { eventually } from "../eventually.ts";
import { hubFor } from "./hub-members.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let made = 0;

/** Likes of one post, each as the newest tally of its bucket; some arrive twice or after later ones. */
class Crowd {
  readonly world = new World();
  readonly truth = new Map<number, number>();
  readonly post = makeId(Date.now(), 7, made++);
  readonly #chance = new Chance(5);

  get likes(): number {
    return [...this.truth.values()].reduce((sum, likes) => sum + likes, 0);
  }

  get root() {
    return bindings.POST_COUNTER.getByName(this.post);
  }

  child(no: number) {
    return bindings.POST_COUNTER.getByName(`${this.post}/${no}`);
  }

  /** Sends so many tallies, many at a time; each that fails is sent again, as its job would be. */
  async send(count: number): Promise<void> {
    const tallies = Array.from({ length: count }, (): Tally => {
      const bucket = this.#chance.below(BUCKETS);
      const likes = (this.truth.get(bucket) ?? 0) + 1;
      this.truth.set(bucket, likes);
      return { bucket, likes, reposts: 0, version: likes };
    });
    const repeated = tallies.filter(() => this.#chance.happens(0.2));
    const all = this.#chance.shuffle([...tallies, ...repeated]);
    // The clock stands still meanwhile, so that they come too fast on a slow machine, too.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      await pMap(all, (tally) => this.#sendOne(tally), { concurrency: 40 });
    } finally {
      vi.useRealTimers();
    }
  }

  async #sendOne(tally: Tally): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.world.deps.counters.apply(this.post, { buckets: [tally], replies: null });
        return;
      } catch (error) {
        if (attempt > 20) throw error;
        await scheduler.wait(50);
      }
    }
  }

  /** The children of the root, by their status. */
  async children(): Promise<string[]> {
    return await runInDurableObject(this.root, (_, { storage }) => {
      const children = new CounterStore(storage.sql).load()?.children ?? [];
      return children.map(({ status }) => status);
    });
  }

  /** Runs alarms until the counter is one object again, as some time later. */
  async merge(): Promise<void> {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * COUNTER_QUIET_MS });
    await eventually(async () => {
      await runDurableObjectAlarm(this.root);
      const children = await this.children();
      if (children.length > 0) throw new Error(`${children.length} children are left`);
    });
  }
}

async function abort(stub: DurableObjectStub): Promise<void> {
  await runInDurableObject(stub, (_, state) => {
    state.abort("killed by a test");
  }).catch(() => undefined);
}

describe("a counter that gets too many calls", () => {
  it("splits and merges under likes that go on, and counts each of them once", async () => {
    const crowd = new Crowd();
    await crowd.send(600);
    await eventually(async () => {
      expect(await crowd.children()).toEqual(Array(COUNTER_CHILDREN).fill("active"));
    });
    await crowd.send(300);
    await eventually(async () => expect((await crowd.root.read()).likes).toBe(crowd.likes));
    await Promise.all([crowd.send(100), crowd.merge()]);
    expect(await crowd.children()).toEqual([]);
    expect((await crowd.root.read()).likes).toBe(crowd.likes);
    await crowd.send(20);
    expect((await crowd.root.read()).likes).toBe(crowd.likes);
    // What it was split into keeps nothing.
    const tables = await runInDurableObject(crowd.child(3), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_schema WHERE name = 'counter'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("counts each like once though its objects die in the middle of a split and of a merge", async () => {
    const crowd = new Crowd();
    const dies = async (): Promise<void> => {
      for (let n = 0; n < 8; n++) {
        await scheduler.wait(60);
        await abort(n % 2 === 0 ? crowd.root : crowd.child(n));
      }
    };
    await Promise.all([crowd.send(600), crowd.send(600), dies()]);
    await crowd.send(600);
    await eventually(async () => {
      expect(await crowd.children()).toEqual(Array(COUNTER_CHILDREN).fill("active"));
      expect((await crowd.root.read()).likes).toBe(crowd.likes);
    });
    await Promise.all([crowd.merge(), dies()]);
    await eventually(async () => expect((await crowd.root.read()).likes).toBe(crowd.likes));
  });

  it("shows its actor a like at once, and is corrected by a recount wherever a tally is", async () => {
    const crowd = new Crowd();
    await crowd.send(600);
    await eventually(async () => {
      expect(await crowd.children()).toEqual(Array(COUNTER_CHILDREN).fill("active"));
      expect((await crowd.root.read()).likes).toBe(crowd.likes);
    });
    const [bucket = 0, before = 0] = [...crowd.truth][0] ?? [];
    crowd.truth.set(bucket, before + 1);
    const tally = { bucket, likes: before + 1, reposts: 0, version: before + 1 };
    const now = await crowd.world.deps.counters.apply(crowd.post, {
      buckets: [tally],
      replies: null,
    });
    expect(now.likes).toBe(crowd.likes);
    const recounted = { buckets: [{ ...tally, likes: before + 3 }], replies: null };
    const outcome = await crowd.world.deps.counters.correct(crowd.post, recounted, NONE_NEWER);
    expect(outcome.is.likes).toBe(crowd.likes + 2);
    expect((await crowd.root.read()).likes).toBe(crowd.likes + 2);
  });
});

describe("a counter of a post that nobody likes any more", () => {
  /** A post with a like, whose counter has published it and is quiet for long. */
  async function quiet() {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    const post = await world.post(ada, "hello");
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/like`, { token: bob.token });
    await world.drain();
    const counter = world.env.POST_COUNTER.getByName(post);
    const later = async (): Promise<void> => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
      await runDurableObjectAlarm(counter);
      await world.drain();
      vi.setSystemTime(Date.now() + COUNTER_COLD_MS + 60_000);
      await runDurableObjectAlarm(counter);
    };
    const rows = () =>
      runInDurableObject(counter, (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_schema WHERE name = 'counter'").toArray(),
      );
    return { world, ada, bob, cyd, post, counter, later, rows };
  }

  it("empties its storage, and counts on when the post is liked again", async () => {
    const { world, cyd, post, counter, later, rows } = await quiet();
    expect(await rows()).toHaveLength(1);
    await later();
    expect(await rows()).toEqual([]);
    expect(await world.env.COUNTS.get(parkedKey(post))).not.toBeNull();
    await evictDurableObject(counter);
    // The token has to be valid at the later time.
    const { token } = await world.session(cyd.user.handle);
    const { body } = await world.call<Post>("PUT", `/v1/posts/${post}/like`, { token });
    await world.drain();
    expect(body.counts.likes).toBeGreaterThanOrEqual(1);
    expect((await counter.read()).likes).toBe(2);
    await later();
    expect(await rows()).toEqual([]);
    expect((await counter.read()).likes).toBe(2);
  });

  it("stays while somebody has the post on screen", async () => {
    const { world, ada, post, later, rows } = await quiet();
    await LiveSocket.open(world, ada);
    await eventually(async () => {
      await world.call("GET", "/v1/timeline?order=latest", { token: ada.token });
      expect(await hubFor(ada.user.id).screenOf(ada.user.id)).not.toBeNull();
    });
    const hub = hubFor(ada.user.id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + COUNTER_COLD_MS + 60_000 });
    await hub.watch(ada.user.id, [post]);
    vi.useRealTimers();
    await later();
    expect(await rows()).toHaveLength(1);
  });
});
