/**
 * Objects of renamed classes. A laptop keys storage by class name, so after the rename an author feed
 * and a metrics aggregator start with empty storage there. Both are caches: they must fill again.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { noSums } from "../../feed/metrics/figures.ts";
import { announced } from "./author-feeds.ts";
import { World } from "./world.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("an AuthorFeed with empty storage fills from the store, above the versions that readers have", async () => {
  const settings = { CELEBRITY_THRESHOLD: "2" };
  const world = new World(settings);
  const author = await world.account();
  const readers = [await world.account(), await world.account()];
  for (const reader of readers) {
    await world.scroll(reader);
    await world.follow(reader, author);
  }
  await world.drain();
  const old = await world.post(author, "before the rename");
  await world.drain();
  const feed = bindings.AUTHOR_FEED.getByName(author.user.id);
  await announced(feed);
  const before = await feed.readHead(1);
  if (before.status === "cold") throw new Error("the author is not pulled yet");
  for (const reader of readers) expect(await world.scroll(reader)).toEqual([old]);

  await runInDurableObject(feed, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(feed);
  expect(await feed.readHead(1)).toEqual({ status: "cold" });

  const post = await world.post(author, "after the rename");
  await world.drain();
  const after = await feed.readHead(1);
  if (after.status === "cold") throw new Error("the author feed did not fill");
  expect(after.page.version).toBeGreaterThan(before.page.version);
  expect(after.page.entries.map(({ id }) => id)).toEqual([post, old]);
  await announced(feed);
  for (const isolate of [world, new World(settings)]) {
    for (const reader of readers) {
      await vi.waitFor(async () => expect(await isolate.scroll(reader)).toEqual([post, old]), {
        timeout: 10_000,
        interval: 100,
      });
    }
  }
});

it("a MetricsAggregator that starts again counts from nothing and from a later time", async () => {
  const aggregator = bindings.METRICS_AGGREGATOR.getByName("oc");
  await aggregator.add({ ...noSums(), counters: { posts: 3 } });
  const before = await aggregator.read();
  expect(before.sums.counters).toEqual({ posts: 3 });
  await runInDurableObject(aggregator, (_, { storage }) => storage.deleteAll());
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_000 });
  await evictDurableObject(aggregator);
  const after = await aggregator.read();
  expect(after.sums).toEqual(noSums());
  expect(after.sinceMs).toBeGreaterThan(before.sinceMs);
});
