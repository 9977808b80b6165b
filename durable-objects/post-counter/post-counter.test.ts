import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeId } from "../../feed/ids.ts";
import { COUNTS_KV_EVERY_MS } from "../../feed/limits.ts";
import { NONE_NEWER } from "../../feed/counts/tally.ts";
import { perHour } from "../../feed/counts/velocity.ts";
import { countsKey, publishedCountsSchema } from "../../feed/counts/published-counts.ts";

const HOUR_MS = 3_600_000;
/** Ahead of the clock that fires alarms, so that each fires when a test says so. */
const NOW_MS = Date.now() + 24 * HOUR_MS;
const AGE_H = 9;

let made = 0;

/** The tallies of the one bucket that likes a post. */
function talliesOfLikes(likes: number, version: number) {
  return { buckets: [{ bucket: 1, likes, reposts: 0, version }], replies: null };
}

/** The counter of a post written `AGE_H` hours ago. */
function newCounter() {
  const post = makeId(NOW_MS - AGE_H * HOUR_MS, 3, made++);
  const counter = env.POST_COUNTER.getByName(post);
  const applyTallies = (likes: number, version: number) =>
    counter.applyTallies(talliesOfLikes(likes, version));
  const published = async () =>
    publishedCountsSchema.parse(await env.COUNTS.get(countsKey(post), "json"));
  return { counter, applyTallies, published };
}

/** A hub with one verb. */
function fakeStub(verbs: object): ReturnType<typeof env.HUB.getByName> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the counter calls no other verb
  return verbs as ReturnType<typeof env.HUB.getByName>;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a post counter", () => {
  it("publishes current counts to each destination, though tallies arrive during another publish", async () => {
    const { counter, applyTallies, published } = newCounter();
    await applyTallies(1, 1);
    await counter.attachHub("hub:enam:1:0");
    await runInDurableObject(counter, (instance) => {
      const receive = async () => {
        await instance.applyTallies(talliesOfLikes(2, 2));
        return [];
      };
      vi.spyOn(env.HUB, "getByName").mockReturnValue(fakeStub({ receive }));
    });
    await runDurableObjectAlarm(counter);
    expect((await published()).counts.likes).toBe(2);
    vi.setSystemTime(NOW_MS + COUNTS_KV_EVERY_MS);
    await runDurableObjectAlarm(counter);
    expect((await published()).counts.likes).toBe(2);
  });

  it("publishes a velocity that does not rise when the same tallies arrive again", async () => {
    const { counter, applyTallies, published } = newCounter();
    await applyTallies(5, 1);
    await applyTallies(8, 2);
    await applyTallies(8, 2);
    await runDurableObjectAlarm(counter);
    expect(await published()).toMatchObject({
      counts: { likes: 8, reposts: 0, replies: 0 },
      velocity: { sum: 8, atMs: NOW_MS },
    });
  });

  it("starts at the mean velocity when its stored row has no pace", async () => {
    const { counter, applyTallies, published } = newCounter();
    await applyTallies(100, 1);
    await runInDurableObject(counter, (_, { storage }) => {
      storage.sql.exec("UPDATE counter SET pace = NULL");
    });
    await evictDurableObject(counter);
    await applyTallies(100, 1);
    await runDurableObjectAlarm(counter);
    const { velocity } = await published();
    expect(perHour(velocity ?? { sum: 0, atMs: 0 }, NOW_MS)).toBeCloseTo(100 / (AGE_H + 1));
  });

  it("does not count a correction as a surge of reactions", async () => {
    const { counter, published } = newCounter();
    const buckets = [{ bucket: 1, likes: 100, reposts: 0, version: 7 }];
    await counter.correctBuckets({ buckets, replies: null }, NONE_NEWER);
    await runDurableObjectAlarm(counter);
    const { velocity } = await published();
    expect(perHour(velocity ?? { sum: 0, atMs: 0 }, NOW_MS)).toBeCloseTo(100 / (AGE_H + 1));
  });
});
