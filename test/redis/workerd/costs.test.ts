/**
 * The cost of operations on Redis and in objects, beside D1. The tests assert round trips, and `npm run costs` prints
 * all figures as a table.
 */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { BEGINNING, idCeiling } from "../../../feed/ids.ts";
import { FOLLOWER_PAGE, FOLLOWERS_PER_PART } from "../../../feed/limits.ts";
import { newestOfAuthors } from "../../../feed/timeline/merge.ts";
import type { Session, Timeline } from "../../../feed/wire.ts";
import { printCosts } from "../../documented-costs.ts";
import { forgetBuckets } from "../../workerd/databases.ts";
import { homeOf } from "../../workerd/homes.ts";
import { type Costs, costsOf, detailsOf, installMeters } from "../../workerd/meters.ts";
import { World } from "../../workerd/world.ts";
import { emptyRedis } from "./databases.ts";
import { ONE_DATABASE, type RedisCosts, redisCostsOf } from "./meter.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const COLUMNS = [
  "what",
  "D1 queries",
  "D1 rows read",
  "D1 rows written",
  "object calls",
  "object rows read",
  "object rows written",
  "Redis round trips",
  "Redis scripts",
  "commands in scripts",
];
const table: (string | number)[][] = [];

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});
afterAll(() => {
  vi.restoreAllMocks();
  printCosts(COLUMNS, table);
});
/** Prepares a world, and returns the operations to measure in it. */
type Scenario = (world: World) => Promise<[name: string, operation: () => Promise<unknown>][]>;

/**
 * Runs a scenario on all stores. @param options whether on objects, too, of which thousands take long to make here
 * @returns the cost of each operation on Redis
 */
async function compare(
  scenario: Scenario,
  { objects: isOnObjects = true } = {},
): Promise<Map<string, RedisCosts>> {
  // Several stores, and not one that has moved.
  await emptyRedis();
  const d1 = new World({ STORE: "d1" });
  const onD1 = new Map<string, Costs>();
  for (const [what, operation] of await scenario(d1)) {
    onD1.set(what, await costsOf(d1, operation));
  }
  const objects = new World({ STORE: "objects" });
  const onObjects = new Map<string, Costs & { calls: number }>();
  for (const [what, operation] of isOnObjects ? await scenario(objects) : []) {
    const { costs, calls } = await detailsOf(objects, operation);
    onObjects.set(what, { ...costs, calls: calls["STORE_OBJECT"] ?? 0 });
  }
  // Objects send jobs that are left again, which would keep the next store's operations waiting.
  await objects.drain();
  await Promise.all([env.DB_0, env.DB_1].map(forgetBuckets));
  const redis = new World(ONE_DATABASE);
  const onRedis = new Map<string, RedisCosts>();
  for (const [what, operation] of await scenario(redis)) {
    onRedis.set(what, await redisCostsOf(operation));
  }
  for (const [what, { d1Queries, d1RowsRead, d1RowsWritten }] of onD1) {
    const { roundTrips, commands, inside } = onRedis.get(what) ?? NOTHING;
    const inObjects = onObjects.get(what);
    const d1Cells = [d1Queries, d1RowsRead, d1RowsWritten];
    const objectCells =
      inObjects === undefined
        ? ["", "", ""]
        : [inObjects.calls, inObjects.storeRowsRead, inObjects.storeRowsWritten];
    table.push([what, ...d1Cells, ...objectCells, roundTrips, commands, inside]);
  }
  return onRedis;
}

const NOTHING: RedisCosts = { roundTrips: 0, commands: 0, inside: 0 };

/** Creates an author with followers. @param reading whether the followers' timelines are awake */
async function audience(world: World, count: number, reading: boolean) {
  const author = await world.account();
  const handles = Array.from({ length: count }, (_, n) => `reader_${n}_of_${author.user.handle}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  await world.import(handles.map((handle) => ({ follow: [handle, author.user.handle] })));
  const readers: Session[] = [];
  if (reading) {
    for (const handle of handles) {
      const reader = await world.session(handle);
      await world.scroll(reader);
      readers.push(reader);
    }
  }
  await world.scroll(author);
  // From here on Redis has cached the scripts that the operations use.
  await world.post(author, "first");
  await world.drain();
  return { author, readers };
}

it("accepting a post takes two round trips, and its fan-out three plus one for each part", async () => {
  for (const [count, reading] of [
    [10, true],
    [2_500, false],
  ] as const) {
    const what = `${count.toLocaleString("en")}${reading ? "" : " dormant"} followers`;
    const scenario: Scenario = async (world) => {
      const { author } = await audience(world, count, reading);
      return [
        [`accept a post, ${what}`, () => world.post(author, "hello")],
        [`fan it out to ${what}`, () => world.drain()],
      ];
    };
    const costs = await compare(scenario, { objects: reading });
    expect(costs.get(`accept a post, ${what}`)?.roundTrips).toBe(2);
    const parts = Math.ceil(count / FOLLOWERS_PER_PART);
    expect(costs.get(`fan it out to ${what}`)?.roundTrips).toBeLessThanOrEqual(3 + parts);
  }
});

it("a fan-out page of a thousand followers takes one round trip", async () => {
  const what = "a fan-out page of 1,000 awake followers";
  const costs = await compare(async (world) => {
    const { author } = await audience(world, 0, false);
    const { graph } = world.deps.store;
    const handles = Array.from({ length: 1_200 }, (_, n) => `awake_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    const fans = [...(await world.deps.store.accounts.byHandles(handles)).values()];
    const edges = fans.map(({ id }) => ({
      follower: id,
      followee: author.user.id,
      following: true,
      version: 1,
    }));
    await graph.applyEdges(edges, 1);
    const read = () => graph.recipients(author.user.id, [0, 1023], null, FOLLOWER_PAGE);
    expect(await read()).toHaveLength(FOLLOWER_PAGE);
    return [[what, read]];
  });
  expect(costs.get(what)).toMatchObject({ roundTrips: 1, commands: 1 });
});

it("a warm page takes no round trip, and a page below the horizon at most five", async () => {
  const [warm, below] = ["a warm page of 20", "a page of 20 below the horizon, 10 followees"];
  const costs = await compare(async (world) => {
    world.deps.config.TIMELINE_MAX = 20;
    const reader = await world.account();
    const authors: Session[] = [];
    for (let n = 0; n < 10; n++) authors.push(await world.account());
    await world.import(authors.map(({ user }) => ({ follow: [reader.user.handle, user.handle] })));
    for (let n = 0; n < 100; n++) await world.post(authors[n % 10] ?? reader, `number ${n}`);
    const path = "/v1/timeline?order=latest&limit=20";
    const first = await world.call<Timeline>("GET", path, { token: reader.token });
    const next = `${path}&cursor=${first.body.next}`;
    const second = await world.call<Timeline>("GET", next, { token: reader.token });
    expect(second.body.items).toHaveLength(20);
    const short = "/v1/timeline?order=latest&limit=10";
    return [
      [warm, () => world.call("GET", short, { token: reader.token })],
      [below, () => world.call("GET", next, { token: reader.token })],
    ];
  });
  expect(costs.get(warm)).toEqual(NOTHING);
  expect(costs.get(below)?.roundTrips).toBeLessThanOrEqual(5);
});

it("the archives of 500 authors take one round trip, and one more for the posts they repost", async () => {
  const what = "the newest 20 of 500 authors' archives";
  const costs = await compare(async (world) => {
    const handles = Array.from({ length: 500 }, (_, n) => `writer_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    const { accounts, posts } = world.deps.store;
    const authors = [...(await accounts.byHandles(handles)).values()].map(({ id }) => id);
    for (let at = 0; at < 1_500; at += 50) {
      await Promise.all(
        authors.slice(at % 500, (at % 500) + 50).map((author) => {
          const id = world.deps.newId(author);
          return posts.publish({ id, author, text: "words", replyTo: null }, [], null);
        }),
      );
    }
    const span = { below: idCeiling(Date.now() + 1_000), downTo: BEGINNING, want: 20 };
    const read = () => newestOfAuthors(authors, span, (...query) => posts.byAuthors(...query));
    expect((await read()).entries).toHaveLength(20);
    return [[what, read]];
  });
  expect(costs.get(what)?.roundTrips).toBeLessThanOrEqual(2);
});

it("a follow that backfills takes at most eight round trips, and a rebuild at most seven", async () => {
  const [follow, rebuild] = [
    "a follow that backfills 30 posts",
    "a page that rebuilds: 100 followees, 500 posts",
  ];
  const costs = await compare(async (world) => {
    const [reader, author] = [await world.account(), await world.account()];
    await world.scroll(reader);
    await world.follow(reader, author);
    await world.follow(reader, author, false);
    for (let n = 0; n < 30; n++) await world.post(author, `number ${n}`);
    const returning = await world.account();
    const handles = Array.from({ length: 100 }, (_, n) => `followee_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((name) => ({ follow: [returning.user.handle, name] })));
    const authors = await Promise.all(handles.map((handle) => world.session(handle)));
    for (let n = 0; n < 500; n++) await world.post(authors[n % 100] ?? author, `number ${n}`);
    await world.scroll(returning);
    await homeOf(returning.user.id).home.forget();
    const token = returning.token;
    return [
      [follow, () => world.follow(reader, author)],
      [rebuild, () => world.call("GET", "/v1/timeline?order=latest", { token })],
    ];
  });
  expect(costs.get(follow)?.roundTrips).toBeLessThanOrEqual(8);
  expect(costs.get(rebuild)?.roundTrips).toBeLessThanOrEqual(7);
});
