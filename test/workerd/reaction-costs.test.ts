/**
 * What reactions cost, one by one and ten thousand in a minute. The clock stands still unless the
 * test moves it, so that what waits for its time does so on every machine alike.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import pMap from "p-map";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { countsKey, publishedCountsSchema } from "../../feed/counts/published-counts.ts";
import { COUNTS_KV_EVERY_MS, COUNTS_STORE_EVERY_MS } from "../../feed/limits.ts";
import type { Post, Session } from "../../feed/wire.ts";
import { mintToken } from "../../workers/auth/tokens.ts";
import { CostTable } from "./cost-table.ts";
import { homeOf, warm } from "./homes.ts";
import { costsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";

/** Ahead of the platform's clock: no alarm comes by itself while a test runs. */
const AHEAD_MS = 24 * 60 * 60 * 1000;
const ACTORS = 2_000;
/** What each does in turn; all of them end liking the post. */
const DEEDS = ["PUT", "DELETE", "PUT", "DELETE", "PUT"] as const;
const SECONDS = 60;
/** What a queue of events hands over at once, as wrangler.toml has it. */
const COUNTING_BATCH = 100;

const table = new CostTable();

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + AHEAD_MS });
});
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  table.print();
});

/** Somebody who has read their timeline, and a post by another. */
async function scene() {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  const post = await world.post(ada, "everybody look");
  await world.scroll(bob);
  await world.drain();
  // So that what making a counter costs is not taken for the cost of counting.
  await world.env.POST_COUNTER.getByName(post).read();
  return { world, ada, bob, post };
}

/** Until nothing is left to do or to tell of a reaction. */
async function settle(world: World, post: string): Promise<void> {
  await world.drain({ batchSize: COUNTING_BATCH });
  await runDurableObjectAlarm(world.env.POST_COUNTER.getByName(post));
  await world.drain({ batchSize: COUNTING_BATCH });
}

function likesOf(world: World, post: string, { token }: { token: string }) {
  return world.call<Post>("GET", `/v1/posts/${post}`, { token }).then(({ body }) => body.counts);
}

it("a like costs two calls and an alarm, two messages and one KV write", async () => {
  const { world, bob, post } = await scene();
  const { token } = bob;
  const like = await costsOf(world, async () => {
    await world.call("PUT", `/v1/posts/${post}/like`, { token });
    await settle(world, post);
  });
  expect(like).toMatchObject({ objectCalls: 3, queueMessages: 2, kvReads: 1, kvWrites: 1 });
  // The liker's own: the like, and how they take to its author. The counter's: what it heard, its
  // alarm, what it told.
  expect(like.objectRows).toBe(5);
  table.note("a like, told to everyone", like);
  const again = await costsOf(world, async () => {
    await world.call("PUT", `/v1/posts/${post}/like`, { token });
    await settle(world, post);
  });
  expect(again).toMatchObject({ objectCalls: 1, objectRows: 0, queueMessages: 0, kvWrites: 0 });
  expect(again.d1RowsWritten).toBe(0);
  table.note("the same like again", again);
  expect(await likesOf(world, post, bob)).toMatchObject({ likes: 1 });
});

it("a repost costs a like's, a post of its own and its fan-out", async () => {
  const { world, bob, post } = await scene();
  const repost = await costsOf(world, async () => {
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: bob.token });
    await settle(world, post);
  });
  // Beside those of a like: the reposter's own timeline, when it is accepted and by the fan-out.
  expect(repost).toMatchObject({ objectCalls: 5, queueMessages: 3, kvWrites: 1 });
  table.note("a repost by somebody with 0 followers", repost);
});

/** Accounts that have read their timelines, without a call for each. */
async function crowd(world: World): Promise<Pick<Session, "token">[]> {
  const handles = Array.from({ length: ACTORS }, (_, n) => `one_of_many_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  const accounts = await world.deps.store.accounts.byHandles(handles);
  return pMap(
    accounts.values(),
    async ({ id }) => {
      await warm(homeOf(id).home);
      return mintToken(world.deps.config, id, Date.now());
    },
    { concurrency: 20 },
  );
}

it(
  "10,000 reactions in a minute end at the exact count, for a counter's call per hundred",
  { timeout: 900_000 },
  async () => {
    const { world, ada, post } = await scene();
    const actors = await crowd(world);
    const reactions = DEEDS.flatMap((method) => actors.map(({ token }) => ({ method, token })));
    const counter = world.env.POST_COUNTER.getByName(post);
    const beganMs = Date.now();
    const costs = await costsOf(world, async () => {
      for (let second = 1; second <= SECONDS; second++) {
        const from = Math.floor(((second - 1) * reactions.length) / SECONDS);
        const now = reactions.slice(from, Math.floor((second * reactions.length) / SECONDS));
        await pMap(
          now,
          ({ method, token }) => world.call(method, `/v1/posts/${post}/like`, { token }),
          { concurrency: 20 },
        );
        vi.setSystemTime(beganMs + second * 1_000);
        await world.drain({ batchSize: COUNTING_BATCH });
        await runDurableObjectAlarm(counter);
      }
      vi.setSystemTime(beganMs + SECONDS * 1_000 + COUNTS_STORE_EVERY_MS);
      await settle(world, post);
    });

    const exact = { likes: ACTORS, reposts: 0, replies: 0 };
    expect(await counter.read()).toEqual(exact);
    const published = await world.env.COUNTS.get(countsKey(post), "json");
    const { velocity, counts } = publishedCountsSchema.parse(published);
    expect(counts).toEqual(exact);
    // Of what came in a minute hardly any has faded.
    expect(velocity?.sum).toBeGreaterThan(0.97 * ACTORS);
    expect(velocity?.sum).toBeLessThan(ACTORS);
    const stored = await world.deps.store.posts.byIds([post]);
    expect(stored.get(post)?.counts).toEqual(exact);
    expect(await likesOf(world, post, ada)).toEqual(exact);

    // Each actor's own timeline, a batch a second of either queue, and an alarm a second.
    const calls = costs.objectCalls - reactions.length;
    expect(calls).toBeLessThanOrEqual(SECONDS * 3 + 2);
    expect(costs.kvWrites).toBeLessThanOrEqual((SECONDS * 1_000) / COUNTS_KV_EVERY_MS + 1);
    const tellings = (SECONDS * 1_000) / COUNTS_STORE_EVERY_MS + 2;
    expect(costs.queueMessages).toBeLessThanOrEqual(reactions.length + tellings);
    table.note(`one of 10,000 likes of a post in a minute (mean)`, costs, reactions.length);
  },
);
