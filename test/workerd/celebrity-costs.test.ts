/**
 * What a post of a pulled author costs: the same for a hundred followers and for ten thousand. The
 * tests assert the figures, and `npm run costs` prints them as a table.
 */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Session, Timeline } from "../../feed/wire.ts";
import { CostTable } from "./cost-table.ts";
import { costsOf, type Costs, installMeters, NO_COSTS } from "./meters.ts";
import { announced } from "./author-feeds.ts";
import { hubFor } from "./hub-members.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const THRESHOLD = 100;
/** Followers with awake timelines and no open socket. */
const AWAKE = 40;

/** Fewer posts than an author feed keeps. */
const POSTS = 350;

const table = new CostTable();

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});
afterAll(() => {
  vi.restoreAllMocks();
  table.print();
});

/** Adds followers to an author until there are `count`. */
async function grow(world: World, author: Session, { from, to }: { from: number; to: number }) {
  const handles = Array.from({ length: to - from }, (_, n) => `of_${to}_follower_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  await world.import(handles.map((handle) => ({ follow: [handle, author.user.handle] })));
  await world.drain();
  return handles;
}

it("a pulled author's post costs the same at 100, 1,000 and 10,000 followers with nobody online", async () => {
  const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
  const author = await world.account();
  await world.scroll(author);
  const authorFeed = world.env.AUTHOR_FEED.getByName(author.user.id);
  const posting: Costs[] = [];
  const readers: Session[] = [];
  let from = 0;
  for (const to of [100, 1_000, 10_000]) {
    const handles = await grow(world, author, { from, to });
    from = to;
    const reader = await world.session(handles[0] ?? "");
    readers.push(reader);
    for (const handle of handles.slice(0, AWAKE)) await world.scroll(await world.session(handle));
    await announced(authorFeed);
    const costs = await costsOf(world, async () => {
      await world.post(author, `to ${to}`);
      await world.drain();
      await announced(authorFeed);
    });
    posting.push(costs);
    table.note(`a pulled author's post, ${to.toLocaleString("en")} followers`, costs);
  }
  const [first = NO_COSTS] = posting;
  expect(posting).toEqual([first, first, first]);
  // The author's own timeline twice, the author feed and its alarm, and the hub of those who have read a page.
  expect(first).toMatchObject({ objectCalls: 5, queueMessages: 1, kvWrites: 1 });
  for (const reader of readers) {
    const path = "/v1/timeline?order=latest&limit=20";
    await world.call("GET", path, { token: reader.token });
    const page = await costsOf(world, () => world.call("GET", path, { token: reader.token }));
    expect(page).toMatchObject({ d1Queries: 0, objectRows: 0 });
    expect(page.objectCalls).toBeLessThanOrEqual(3);
  }
});

it("scrolling back through hundreds of a pulled author's posts runs no database query", async () => {
  const world = new World({ CELEBRITY_THRESHOLD: "1" });
  const [author, reader] = [await world.account(), await world.account()];
  await world.scroll(reader);
  await world.follow(reader, author);
  await world.drain();
  const ids: string[] = [];
  for (let n = 0; n < POSTS; n++) ids.unshift(await world.post(author, `number ${n}`));
  await world.drain();
  await announced(world.env.AUTHOR_FEED.getByName(author.user.id));
  // The reader's hub attaches itself once, with a row.
  await hubFor(reader.user.id).versionsOf([author.user.id]);
  // A new isolate with empty caches.
  const far = new World({ CELEBRITY_THRESHOLD: "1" });
  const shown: string[] = [];
  const path = "/v1/timeline?order=latest&limit=50";
  let cursor: string | null = "";
  while (shown.length < POSTS) {
    const costs = await costsOf(far, async () => {
      const next: string = cursor === "" ? path : `${path}&cursor=${cursor}`;
      const { body } = await far.call<Timeline>("GET", next, { token: reader.token });
      shown.push(...body.items.map(({ post }) => post.id));
      cursor = body.next;
    });
    expect(costs).toMatchObject({ d1Queries: 0, objectRows: 0 });
  }
  expect(shown).toEqual(ids);
});
