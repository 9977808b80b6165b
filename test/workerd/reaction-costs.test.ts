/**
 * What reactions cost, one by one and thousands in a minute. The clock moves only when the test
 * moves it, so that timers fire alike on every machine.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import pMap from "p-map";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { countsKey, publishedCountsSchema } from "../../feed/counts/published-counts.ts";
import { COUNTS_KV_EVERY_MS, COUNTS_STORE_EVERY_MS } from "../../feed/limits.ts";
import { SESSION_TRUSTED_MS } from "../../feed/limits-sessions.ts";
import type { Post, Session } from "../../feed/wire.ts";
import { mintToken } from "../../workers/auth/tokens.ts";
import { sizeOf } from "../model/seed.ts";
import { CostTable } from "./cost-table.ts";
import { homeOf, warm } from "./homes.ts";
import { costsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";

/** Ahead of the platform's clock, so that no alarm fires by itself while a test runs. */
const AHEAD_MS = 24 * 60 * 60 * 1000;
const ACTORS = sizeOf({ short: 200, long: 2_000 });
/** Each actor's calls, in turn; every actor ends up liking the post. */
const CALLS = ["PUT", "DELETE", "PUT", "DELETE", "PUT"] as const;
const REACTIONS = (ACTORS * CALLS.length).toLocaleString("en");
const SECONDS = 60;
/** The batch size of a counting queue, as in wrangler.toml. */
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

/** Makes a reader with a warm timeline and a post of another author. */
async function scene() {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  const post = await world.post(ada, "everybody look");
  await world.scroll(bob);
  await world.drain();
  // A first like makes the counter, so that its creation is not part of the measured cost.
  await world.env.POST_COUNTER.getByName(post).read();
  return { world, ada, bob, post };
}

/** Alarms within this time are run. */
const SOON_MS = 60_000;

/** Runs queues and alarms until nothing is left to count or publish. */
async function settle(world: World, post: string): Promise<void> {
  await world.drain({ batchSize: COUNTING_BATCH });
  const counter = world.env.POST_COUNTER.getByName(post);
  // The alarm of the time when the post is cold is days away.
  const alarm = await runInDurableObject(counter, (_, { storage }) => storage.getAlarm());
  if (alarm !== null && alarm < Date.now() + SOON_MS) await runDurableObjectAlarm(counter);
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
  // The liker's timeline writes the like and the engagement with its author; the counter writes the
  // tallies, its alarm, what it published, and the alarm of the time when it is cold.
  expect(like.objectRows).toBe(6);
  expect(like).toMatchObject({ d1Queries: 16, d1RowsWritten: 6 });
  table.note("a like, published to all readers", like);
  const again = await costsOf(world, async () => {
    await world.call("PUT", `/v1/posts/${post}/like`, { token });
    await settle(world, post);
  });
  // The counter is asked, because published counts may lack the first like.
  expect(again).toMatchObject({ objectCalls: 2, objectRows: 0, queueMessages: 0, kvWrites: 0 });
  expect(again.d1RowsWritten).toBe(0);
  table.note("the same like again", again);
  expect(await likesOf(world, post, bob)).toMatchObject({ likes: 1 });
});

it("a repost costs as much as a like plus an entry of its own, its place at the post and its fan-out", async () => {
  const { world, bob, post } = await scene();
  const repost = await costsOf(world, async () => {
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: bob.token });
    await settle(world, post);
  });
  // Beyond those of a like: two calls of the reposter's timeline, at acceptance and by fan-out.
  expect(repost).toMatchObject({ objectCalls: 5, queueMessages: 3, kvWrites: 1 });
  // The entry's three rows and the job's one, and the row at the post's side.
  expect(repost).toMatchObject({ d1Queries: 24, d1RowsWritten: 12 });
  table.note("a repost by somebody with 0 followers", repost);
});

/** Makes accounts with warm timelines without a call for each. */
async function crowd(world: World): Promise<Pick<Session, "token">[]> {
  const handles = Array.from({ length: ACTORS }, (_, n) => `one_of_many_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  const accounts = await world.deps.store.accounts.byHandles(handles);
  return pMap(
    accounts.values(),
    async ({ id }) => {
      await warm(homeOf(id).home);
      return mintToken(world.deps.config, { user: id, session: null }, Date.now());
    },
    { concurrency: 20 },
  );
}

it(
  `${REACTIONS} reactions in a minute end at the exact count with one counter call per batch`,
  { timeout: 900_000 },
  async () => {
    const { world, ada, post } = await scene();
    const actors = await crowd(world);
    const reactions = CALLS.flatMap((method) => actors.map(({ token }) => ({ method, token })));
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
    // Hardly any of a minute's reactions have faded.
    expect(velocity?.sum).toBeGreaterThan(0.97 * ACTORS);
    expect(velocity?.sum).toBeLessThan(ACTORS);
    const stored = await world.deps.store.posts.byIds([post]);
    expect(stored.get(post)?.counts).toEqual(exact);
    expect(await likesOf(world, post, ada)).toEqual(exact);

    // Each actor's own timeline, a batch a second from each of two queues, and an alarm a second; and each
    // actor's session is checked again when the isolate no longer trusts it.
    const checks = ACTORS * Math.ceil((SECONDS * 1_000) / SESSION_TRUSTED_MS);
    const calls = costs.objectCalls - reactions.length - checks;
    expect(calls).toBeLessThanOrEqual(SECONDS * 3 + 2);
    expect(costs.kvWrites).toBeLessThanOrEqual((SECONDS * 1_000) / COUNTS_KV_EVERY_MS + 1);
    const tellings = (SECONDS * 1_000) / COUNTS_STORE_EVERY_MS + 2;
    expect(costs.queueMessages).toBeLessThanOrEqual(reactions.length + tellings);
    table.note(`one of ${REACTIONS} likes of a post in a minute (mean)`, costs, reactions.length);
  },
);
