/**
 * What operations cost: rows, object calls, messages and KV operations, counted at the bindings. The
 * tests assert the figures, and `npm run costs` prints them as a table.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeRanked } from "../../feed/cursor.ts";
import { idCeiling, makeId } from "../../feed/ids.ts";
import {
  ENGAGEMENT_FOLD_ENTRIES,
  FOLLOWERS_PER_PART,
  RANK_CANDIDATES_MAX,
  TIMELINE_MAX_DEFAULT,
} from "../../feed/limits.ts";
import { NOTHING_REPOSTED } from "../../feed/timeline/reposted.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { created, original, postsOf } from "../entries.ts";
import { homeOf, newHome, newUser, warm } from "./homes.ts";
import { CostTable } from "./cost-table.ts";
import { costsOf, installMeters, NO_COSTS } from "./meters.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const table = new CostTable();

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});
afterAll(() => {
  vi.restoreAllMocks();
  table.print();
});

/** Makes an author with `count` followers, all of them awake. */
async function audience(count: number) {
  const world = new World();
  const { author, readers } = await world.audience(count);
  await world.scroll(author);
  return { world, author, readers };
}

describe("a post", () => {
  it("with no followers costs its author's rows and one message", async () => {
    const { world, author } = await audience(0);
    const accepted = await costsOf(world, () => world.post(author, "hello"));
    expect(accepted).toMatchObject({ d1RowsWritten: 4, objectCalls: 1, queueMessages: 1 });
    expect(accepted.objectRows).toBe(1);
    table.note("accept a post, 0 followers", accepted);
    const fanned = await costsOf(world, () => world.drain());
    expect(fanned).toMatchObject({ d1RowsWritten: 1, objectCalls: 1, queueMessages: 0 });
    expect(fanned.objectRows).toBe(0);
    table.note("fan it out to 0 followers", fanned);
  });

  it("with ten followers costs one call and one written row per follower", async () => {
    const { world, author } = await audience(10);
    const accepted = await costsOf(world, () => world.post(author, "hello"));
    expect(accepted).toMatchObject({ d1RowsWritten: 4, objectCalls: 1, queueMessages: 1 });
    table.note("accept a post, 10 followers", accepted);
    const fanned = await costsOf(world, () => world.drain());
    expect(fanned).toMatchObject({ d1RowsWritten: 1, objectCalls: 11, queueMessages: 0 });
    expect(fanned.objectRows).toBe(10);
    table.note("fan it out to 10 followers", fanned);
  });

  it("costs one message for some hundreds of followers, and no call and no write per dormant one", async () => {
    const { world, author } = await audience(0);
    const handles = Array.from({ length: 2_500 }, (_, n) => `asleep_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((handle) => ({ follow: [handle, author.user.handle] })));
    const accepted = await costsOf(world, () => world.post(author, "hello"));
    const parts = Math.ceil(handles.length / FOLLOWERS_PER_PART);
    expect(accepted).toMatchObject({ queueMessages: parts, objectCalls: 1 });
    expect(accepted.d1RowsWritten).toBe(3 + parts);
    table.note("accept a post, 2,500 followers", accepted);
    const fanned = await costsOf(world, () => world.drain());
    expect(fanned).toMatchObject({ d1RowsWritten: parts, objectCalls: 1, queueMessages: 0 });
    expect(fanned.objectRows).toBe(0);
    table.note("fan it out to 2,500 dormant followers", fanned);
  });
});

describe("a delivery", () => {
  it("into a full window writes at most 1.05 rows per entry, trimming included", async () => {
    const { home } = newHome();
    const author = newUser();
    await warm(home, { follows: [author], entries: postsOf(author, TIMELINE_MAX_DEFAULT) });
    const count = 1_200;
    const costs = await costsOf(new World(), async () => {
      for (const entry of postsOf(author, count, 10_000)) await home.deliver([created(entry)]);
    });
    expect(costs.objectRows / count).toBeGreaterThanOrEqual(1);
    expect(costs.objectRows / count).toBeLessThanOrEqual(1.05);
    table.note(`one delivery, full window (mean of ${count})`, costs, count);
  });

  it("of an entry that the window holds writes nothing", async () => {
    const { home } = newHome();
    const author = newUser();
    const entries = postsOf(author, 10);
    await warm(home, { follows: [author], entries });
    const costs = await costsOf(new World(), () => home.deliver(entries.map(created)));
    expect(costs).toEqual({ ...NO_COSTS, objectCalls: 1 });
  });

  it("of an author who is not followed writes nothing", async () => {
    const { home } = newHome();
    await warm(home);
    const change = created(original({ id: newUser(), author: newUser() }));
    const costs = await costsOf(new World(), () => home.deliver([change]));
    expect(costs).toEqual({ ...NO_COSTS, objectCalls: 1 });
  });
});

describe("a page", () => {
  it("from a warm timeline costs one call, one bulk read of counts and no D1 query", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    for (let n = 0; n < 45; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const path = "/v1/timeline?order=latest&limit=20";
    const page = await costsOf(world, () => world.call("GET", path, { token: reader.token }));
    expect(page).toEqual({ ...NO_COSTS, objectCalls: 1, kvReads: 20 });
    expect(page.objectRows).toBe(0);
    table.note("a warm page of 20", page);
  });

  it("in ranked order costs the same plus the counts of every ranked entry", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    for (let n = 0; n < 45; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const path = "/v1/timeline?order=ranked&limit=20";
    let cursor: string | null = "";
    const first = await costsOf(world, async () => {
      const { body } = await world.call<Timeline>("GET", path, { token: reader.token });
      cursor = body.next;
    });
    expect(first).toEqual({ ...NO_COSTS, objectCalls: 1, kvReads: 45 });
    table.note("the first ranked page of 20, of 45 entries", first);
    const next = `${path}&cursor=${cursor}`;
    const second = await costsOf(world, () => world.call("GET", next, { token: reader.token }));
    expect(second).toEqual({ ...NO_COSTS, objectCalls: 1, kvReads: 20 });
    table.note("the next ranked page", second);
    const explained = await costsOf(world, () =>
      world.call("GET", `${path}&explain=true`, { token: reader.token }),
    );
    // The isolate has cached counts to rank by; counts on the page are read again.
    expect(explained).toEqual({ ...NO_COSTS, objectCalls: 1, kvReads: 20 });
    table.note("the first ranked page, explained", explained);
  });

  it("whose cursor lists entries that are gone costs no more calls than any other", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    await world.post(author, "there is one");
    await world.drain();
    const top = idCeiling(Date.now());
    const waiting = Array.from({ length: RANK_CANDIDATES_MAX }, (_, n) => makeId(n + 1, 0, 0));
    const position = { top, waiting, below: top, served: [], reposted: NOTHING_REPOSTED, shown: 0 };
    const path = `/v1/timeline?order=ranked&limit=1&cursor=${encodeRanked(position)}`;
    const page = await costsOf(world, () => world.call("GET", path, { token: reader.token }));
    expect(page).toEqual({ ...NO_COSTS, objectCalls: 2, kvReads: 1 });
  });

  it("below the horizon reads few rows beyond those it shows, and writes nothing", async () => {
    const world = new World();
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
    const page = await costsOf(world, () => world.call("GET", next, { token: reader.token }));
    expect(page).toMatchObject({ d1RowsWritten: 0, objectCalls: 2, kvReads: 20 });
    // The mutes, then in each shard a page of authors and newer reposts, then the viewer's reactions.
    expect(page.d1Queries).toBeLessThanOrEqual(6);
    expect(page.d1RowsRead).toBeLessThanOrEqual(500);
    expect(page.objectRows).toBe(0);
    table.note("a page of 20 below the horizon, 10 followees", page);
  });
});

describe("a report of impressions", () => {
  /** A reader of posts, some of which the reader's window does not hold, as those of pulled authors. */
  async function reporting(vars: Partial<Env> = {}) {
    const world = new World(vars);
    const [author, other, reader] = [
      await world.account(),
      await world.account(),
      await world.account(),
    ];
    await world.follow(reader, author);
    const posts = [await world.post(author, "in the window"), await world.post(other, "elsewhere")];
    await world.drain();
    await world.scroll(reader);
    const items = posts.map((postId) => ({ postId, dwellMs: 900 }));
    const { token } = reader;
    const report = () => world.call("POST", "/v1/timeline/impressions", { token, body: { items } });
    return { world, reader, report };
  }

  it("costs one call and one row, and a full ring a call and a row for all of its reports", async () => {
    const { world, report } = await reporting();
    const one = await costsOf(world, report);
    expect(one).toEqual({ ...NO_COSTS, objectCalls: 1, objectRows: 1 });
    table.note("a report of impressions", one);
    for (let n = 1; n < ENGAGEMENT_FOLD_ENTRIES - 1; n++) await report();
    const folding = await costsOf(world, report);
    expect(folding).toMatchObject({ objectCalls: 2, objectRows: 2, queueMessages: 0 });
    expect(folding.d1RowsWritten).toBe(0);
    table.note("a report that fills the ring (one of 224)", folding);
  });

  it("costs the training log one write for all reports of a ring", async () => {
    const { world, reader, report } = await reporting({ RANK_LOG_PERCENT: "100" });
    const path = "/v1/timeline?order=latest&limit=20";
    const read = () => world.call("GET", path, { token: reader.token });
    await read();
    const page = await costsOf(world, read);
    // The facts, the admission and the line; the row is what the hour has taken.
    expect(page).toMatchObject({ d1Queries: 1, d1RowsWritten: 1, objectCalls: 3, objectRows: 1 });
    table.note("a warm page of 2 that is logged for training", page);
    for (let n = 0; n < ENGAGEMENT_FOLD_ENTRIES - 1; n++) await report();
    const folding = await costsOf(world, report);
    // One of the statements reads the posts that the window lacks.
    expect(folding).toMatchObject({ d1Queries: 2, objectCalls: 2, objectRows: 3 });
    expect(folding.d1RowsWritten).toBe(2);
    table.note("the same report, of a viewer with logged pages", folding);
  });
});

describe("a change of the graph", () => {
  it("a follow writes two edges, two counts and an outbox row, deletes the row, and backfills", async () => {
    const { world, author, readers } = await audience(1);
    const [reader = author] = readers;
    await world.follow(reader, author, false);
    for (let n = 0; n < 30; n++) await world.post(author, `number ${n}`);
    const follow = await costsOf(world, () => world.follow(reader, author));
    expect(follow).toMatchObject({ objectCalls: 2, queueMessages: 0, kvReads: 0 });
    expect(follow.d1RowsWritten).toBeLessThanOrEqual(10);
    expect(follow.objectRows).toBeLessThanOrEqual(4);
    table.note("a follow that backfills 30 posts", follow);
  });

  it("a rebuild reads each post a few times and writes each edge once on either side", async () => {
    const world = new World();
    const reader = await world.account();
    const handles = Array.from({ length: 100 }, (_, n) => `followee_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((handle) => ({ follow: [reader.user.handle, handle] })));
    const authors = await Promise.all(handles.map((handle) => world.session(handle)));
    for (let n = 0; n < 500; n++) await world.post(authors[n % 100] ?? reader, `number ${n}`);
    await world.scroll(reader);
    await homeOf(reader.user.id).home.forget();
    const page = await costsOf(world, () =>
      world.call("GET", "/v1/timeline?order=latest", { token: reader.token }),
    );
    expect(page).toMatchObject({ objectCalls: 4, queueMessages: 0, kvReads: 20 });
    expect(page.d1RowsWritten).toBe(1 + handles.length);
    expect(page.d1RowsRead).toBeLessThanOrEqual(6 * 500 + 6 * handles.length);
    expect(page.objectRows).toBeLessThanOrEqual(2 * handles.length + 20);
    table.note("a page that rebuilds: 100 followees, 500 posts", page);
  });
});
