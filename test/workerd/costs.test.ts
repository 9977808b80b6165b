/**
 * What things cost: rows, object calls, messages and KV operations, counted at the bindings. The
 * figures are asserted, and printed as a table by `npm run costs`.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FOLLOWERS_PER_PART, TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { created, original, postsOf } from "../entries.ts";
import { homeOf, newHome, newUser, warm } from "./homes.ts";
import { type Costs, MeteredWorld, rowsInside } from "./meters.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const COLUMNS = [
  "what",
  "D1 queries",
  "D1 rows read",
  "D1 rows written",
  "object calls",
  "object rows written",
  "queue messages",
  "KV keys read",
  "KV writes",
];
const table: (string | number)[][] = [];

function note(what: string, { costs, inside }: { costs: Costs; inside: number }): void {
  const { d1Queries, d1RowsRead, d1RowsWritten, objectCalls } = costs;
  const { queueMessages, kvReads, kvWrites } = costs;
  const object = [objectCalls, inside];
  table.push([
    what,
    d1Queries,
    d1RowsRead,
    d1RowsWritten,
    ...object,
    queueMessages,
    kvReads,
    kvWrites,
  ]);
}

const NO_COSTS: Costs = {
  d1Queries: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
  objectCalls: 0,
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
};

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
  const line = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;
  console.log([line(COLUMNS), line(COLUMNS.map(() => "---")), ...table.map(line)].join("\n"));
});

/** An author whom `count` readers follow, all of them awake. */
async function audience(count: number) {
  const metered = new MeteredWorld();
  const { world } = metered;
  const author = await world.account();
  const readers: Session[] = [];
  for (let n = 0; n < count; n++) {
    const reader = await world.account();
    await world.scroll(reader);
    await world.follow(reader, author);
    readers.push(reader);
  }
  await world.scroll(author);
  return { metered, world, author, readers };
}

/** What an operation costs, and the rows it writes into some timelines. */
async function measure(
  metered: MeteredWorld,
  users: readonly Session[],
  operation: () => Promise<unknown>,
) {
  let costs = NO_COSTS;
  const homes = users.map(({ user }) => homeOf(user.id).home);
  const inside = await rowsInside(homes, async () => {
    costs = await metered.costsOf(operation);
  });
  return { costs, inside };
}

describe("a post", () => {
  it("costs its author's rows and one message with nobody following", async () => {
    const { metered, world, author } = await audience(0);
    const accepted = await measure(metered, [author], () => world.post(author, "hello"));
    expect(accepted.costs).toMatchObject({ d1RowsWritten: 4, objectCalls: 1, queueMessages: 1 });
    expect(accepted.inside).toBe(1);
    note("accept a post, 0 followers", accepted);
    const fanned = await measure(metered, [author], () => world.drain());
    expect(fanned.costs).toMatchObject({ d1RowsWritten: 1, objectCalls: 1, queueMessages: 0 });
    expect(fanned.inside).toBe(0);
    note("fan it out to 0 followers", fanned);
  });

  it("costs one call and one written row per follower with ten of them", async () => {
    const { metered, world, author, readers } = await audience(10);
    const accepted = await measure(metered, [author], () => world.post(author, "hello"));
    expect(accepted.costs).toMatchObject({ d1RowsWritten: 4, objectCalls: 1, queueMessages: 1 });
    note("accept a post, 10 followers", accepted);
    const fanned = await measure(metered, [author, ...readers], () => world.drain());
    expect(fanned.costs).toMatchObject({ d1RowsWritten: 1, objectCalls: 11, queueMessages: 0 });
    expect(fanned.inside).toBe(10);
    note("fan it out to 10 followers", fanned);
  });

  it("costs one message per thousand followers, and per dormant one no call and no write", async () => {
    const { metered, world, author } = await audience(0);
    const handles = Array.from({ length: 2_500 }, (_, n) => `asleep_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((handle) => ({ follow: [handle, author.user.handle] })));
    const accepted = await measure(metered, [author], () => world.post(author, "hello"));
    const parts = Math.ceil(handles.length / FOLLOWERS_PER_PART);
    expect(accepted.costs).toMatchObject({ queueMessages: parts, objectCalls: 1 });
    expect(accepted.costs.d1RowsWritten).toBe(3 + parts);
    note("accept a post, 2,500 followers", accepted);
    const fanned = await measure(metered, [author], () => world.drain());
    expect(fanned.costs).toMatchObject({ d1RowsWritten: parts, objectCalls: 1, queueMessages: 0 });
    expect(fanned.inside).toBe(0);
    note("fan it out to 2,500 dormant followers", fanned);
  });
});

describe("a delivery", () => {
  it("writes at most 1.05 rows an entry into a full window, trimming included", async () => {
    const { home } = newHome();
    const author = newUser();
    await warm(home, { follows: [author], entries: postsOf(author, TIMELINE_MAX_DEFAULT) });
    const count = 1_200;
    const written = await rowsInside([home], async () => {
      for (const entry of postsOf(author, count, 10_000)) await home.deliver([created(entry)]);
    });
    expect(written / count).toBeGreaterThanOrEqual(1);
    expect(written / count).toBeLessThanOrEqual(1.05);
    const each = (written / count).toFixed(2);
    table.push([`one delivery, full window (mean of ${count})`, 0, 0, 0, 1, each, 0, 0, 0]);
  });

  it("of what is there already writes nothing", async () => {
    const { home } = newHome();
    const author = newUser();
    const entries = postsOf(author, 10);
    await warm(home, { follows: [author], entries });
    const written = await rowsInside([home], () => home.deliver(entries.map(created)));
    expect(written).toBe(0);
  });

  it("of someone not followed writes nothing", async () => {
    const { home } = newHome();
    await warm(home);
    const change = created(original({ id: newUser(), author: newUser() }));
    const written = await rowsInside([home], () => home.deliver([change]));
    expect(written).toBe(0);
  });
});

describe("a page", () => {
  it("that is warm costs one call, one bulk read of counts and no D1 query", async () => {
    const { metered, world, author, readers } = await audience(1);
    const [reader = author] = readers;
    for (let n = 0; n < 45; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const path = "/v1/timeline?order=latest&limit=20";
    const page = await measure(metered, [reader], () =>
      world.call("GET", path, { token: reader.token }),
    );
    expect(page.costs).toEqual({ ...NO_COSTS, objectCalls: 1, kvReads: 20 });
    expect(page.inside).toBe(0);
    note("a warm page of 20", page);
  });

  it("below the horizon reads near to what it shows, and writes nothing", async () => {
    const metered = new MeteredWorld();
    const { world } = metered;
    world.deps.config.TIMELINE_MAX = 20;
    const reader = await world.account();
    const authors: Session[] = [];
    for (let n = 0; n < 10; n++) authors.push(await world.account());
    const follow = authors.map(({ user }) => ({ follow: [reader.user.handle, user.handle] }));
    await world.import(follow);
    for (let n = 0; n < 100; n++) await world.post(authors[n % 10] ?? reader, `number ${n}`);
    const path = "/v1/timeline?order=latest&limit=20";
    const first = await world.call<Timeline>("GET", path, { token: reader.token });
    const next = `${path}&cursor=${first.body.next}`;
    const page = await measure(metered, [reader], () =>
      world.call("GET", next, { token: reader.token }),
    );
    expect(page.costs).toMatchObject({ d1RowsWritten: 0, objectCalls: 2, kvReads: 20 });
    // The mutes, a page of authors and newer reposts in each shard, the viewer's reactions.
    expect(page.costs.d1Queries).toBeLessThanOrEqual(6);
    expect(page.costs.d1RowsRead).toBeLessThanOrEqual(500);
    expect(page.inside).toBe(0);
    note("a page of 20 below the horizon, 10 followees", page);
  });
});

describe("a change of the graph", () => {
  it("follow: two edges, two counts, an outbox row that comes and goes, and a backfill", async () => {
    const { metered, world, author, readers } = await audience(1);
    const [reader = author] = readers;
    await world.follow(reader, author, false);
    for (let n = 0; n < 30; n++) await world.post(author, `number ${n}`);
    const follow = await measure(metered, [reader], () => world.follow(reader, author));
    expect(follow.costs).toMatchObject({ objectCalls: 2, queueMessages: 0, kvReads: 0 });
    expect(follow.costs.d1RowsWritten).toBeLessThanOrEqual(10);
    expect(follow.inside).toBeLessThanOrEqual(4);
    note("a follow that backfills 30 posts", follow);
  });

  it("rebuild: each post is read a few times, each edge is written once on either side", async () => {
    const metered = new MeteredWorld();
    const { world } = metered;
    const reader = await world.account();
    const handles = Array.from({ length: 100 }, (_, n) => `followee_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((handle) => ({ follow: [reader.user.handle, handle] })));
    const authors = await Promise.all(handles.map((handle) => world.session(handle)));
    for (let n = 0; n < 500; n++) await world.post(authors[n % 100] ?? reader, `number ${n}`);
    await world.scroll(reader);
    await homeOf(reader.user.id).home.forget();
    const page = await measure(metered, [reader], () =>
      world.call("GET", "/v1/timeline?order=latest", { token: reader.token }),
    );
    expect(page.costs).toMatchObject({ objectCalls: 4, queueMessages: 0, kvReads: 20 });
    expect(page.costs.d1RowsWritten).toBe(1 + handles.length);
    expect(page.costs.d1RowsRead).toBeLessThanOrEqual(6 * 500 + 6 * handles.length);
    expect(page.inside).toBeLessThanOrEqual(2 * handles.length + 20);
    note("a page that rebuilds: 100 followees, 500 posts", page);
  });
});
