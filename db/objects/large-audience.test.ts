/** An author with 100,000 followers: no call has more rows or statements than with a few. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { type Id, idBucket, makeId } from "../../feed/ids.ts";
import { FOLLOWER_PAGE } from "../../feed/limits.ts";
import { eventually } from "../../test/eventually.ts";
import { accounts, T0_MS } from "../../test/store/fixtures.ts";
import { detailsOf, installMeters } from "../../test/workerd/meters.ts";
import { calledObjects, emptyObjects, OBJECTS } from "../../test/workerd/store-objects.ts";
import { World } from "../../test/workerd/world.ts";
import { routedStore } from "../places/routed-store.ts";
import { Router } from "../places/router.ts";
import { objectPlace } from "./store.ts";

const FOLLOWERS = 100_000;
const AT_ONCE = 1_000;
/** The row of a follower, its entry in the index, and nothing else. */
const ROWS_OF_EDGE = 2;
/** Rows at which a list splits here. */
const SEGMENT_ROWS = 20_000;

vi.setConfig({ testTimeout: 300_000 });
beforeAll(installMeters);

it("100,000 followers of one author are added, paged and counted with bounded calls", async () => {
  Reflect.set(env, "STORE_SEGMENT_ROWS", String(SEGMENT_ROWS));
  await emptyObjects();
  const world = new World();
  const store = routedStore(new Router([objectPlace(OBJECTS)], "objects"));
  const [author = ""] = await accounts(store, 1);
  const followers = Array.from({ length: FOLLOWERS }, (_, n) => makeId(T0_MS, (n * 7) % 1024, n));
  const add = (some: readonly Id[]) =>
    store.graph.applyEdges(
      some.map((follower) => ({ follower, followee: author, version: T0_MS, following: true })),
      T0_MS,
    );
  for (let at = 0; at < FOLLOWERS; at += AT_ONCE) await add(followers.slice(at, at + AT_ONCE));
  const segments = calledObjects("list:").length;
  expect(segments).toBeGreaterThan(1);

  // A thousand more: a call to each segment, and as many rows as a thousand first followers have.
  const more = Array.from({ length: AT_ONCE }, (_, n) => makeId(T0_MS + 1, (n * 7) % 1024, n));
  const added = await detailsOf(world, () => add(more));
  expect(added.calls["STORE_OBJECT"]).toBeLessThanOrEqual(segments);
  expect(added.costs.storeRowsWritten).toBeLessThanOrEqual(AT_ONCE * ROWS_OF_EDGE + segments);

  const found: Id[] = [];
  for (;;) {
    let page: Id[] = [];
    const { costs, calls } = await detailsOf(world, async () => {
      const after = found.at(-1) ?? null;
      const recipients = await store.graph.recipients(author, [0, 1023], after, FOLLOWER_PAGE);
      page = recipients.map(({ id }) => id);
    });
    // The page, and what shows that there is no more in a segment.
    expect(costs.storeRowsRead).toBeLessThanOrEqual(FOLLOWER_PAGE + 2 * segments);
    expect(calls["STORE_OBJECT"]).toBeLessThanOrEqual(2);
    found.push(...page);
    if (page.length < FOLLOWER_PAGE) break;
  }
  const all = [...followers, ...more];
  expect(found.length).toBe(all.length);
  const order = (a: Id, b: Id) => idBucket(a) - idBucket(b) || (a < b ? -1 : 1);
  expect(found).toEqual(all.toSorted(order));
  await eventually(async () => {
    const account = (await store.accounts.byIds([author])).get(author);
    expect(account?.counts.followers).toBe(all.length);
  });
});
