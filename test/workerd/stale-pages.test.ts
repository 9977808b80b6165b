/**
 * How soon a celebrity's post is in a follower's plain HTTP read, in real time and end to end, while
 * the reader's KV is a minute late and caches missing keys. It prints the figures. The assertions do
 * not depend on the machine: KV cannot have delivered any of the posts.
 */
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KV_STALE_MAX_MS } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { announced } from "./author-feeds.ts";
import { StaleLocation, WrittenKv } from "./stale-kv.ts";
import { World } from "./world.ts";

const AUTHORS = 50;
const ROUNDS = 10;
const PAGE = "/v1/timeline?order=latest&limit=100";
const POLL_EVERY_MS = 50;

/** The KV of author feed pages as a distant reader sees it; objects write to the real one. */
function stalePages(): KVNamespace {
  const kv = new WrittenKv();
  const location = new StaleLocation(kv, () => Date.now());
  const { AUTHOR_FEED_PAGES } = bindings;
  const put = AUTHOR_FEED_PAGES.put.bind(AUTHOR_FEED_PAGES);
  vi.spyOn(AUTHOR_FEED_PAGES, "put").mockImplementation((key: string, value: unknown) => {
    kv.write(key, JSON.parse(String(value)), Date.now());
    return put(key, String(value));
  });
  return new Proxy(AUTHOR_FEED_PAGES, {
    get(target, verb): unknown {
      if (verb === "get") return (keys: string[]) => Promise.resolve(location.read(keys));
      const value: unknown = Reflect.get(target, verb);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

it(
  "each of 500 celebrity posts is on a page within seconds, long before KV shows any of them",
  { timeout: 300_000 },
  async () => {
    const world = new World({ CELEBRITY_THRESHOLD: "1", AUTHOR_FEED_PAGES: stalePages() });
    const reader = await world.account();
    const authors: Session[] = [];
    for (let n = 0; n < AUTHORS; n++) authors.push(await world.account());
    const follows = authors.map(({ user }) => ({ follow: [reader.user.handle, user.handle] }));
    await world.import(follows);
    await world.drain();
    for (const { user } of authors) await announced(world.env.AUTHOR_FEED.getByName(user.id));
    await world.scroll(reader);

    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const waiting = new Map<string, number>();
      for (const author of authors) {
        const acceptedMs = Date.now();
        waiting.set(await world.post(author, `round ${round}`), acceptedMs);
      }
      // As with real queues, the consumer works while readers read.
      const fannedOut = world.drain();
      while (waiting.size > 0) {
        await scheduler.wait(POLL_EVERY_MS);
        const { body } = await world.call<Timeline>("GET", PAGE, { token: reader.token });
        for (const { post } of body.items) {
          const acceptedMs = waiting.get(post.id);
          if (acceptedMs !== undefined) took.push(Date.now() - acceptedMs);
          waiting.delete(post.id);
        }
      }
      await fannedOut;
    }
    took.sort((a, b) => a - b);
    const at = (q: number): number => took[Math.ceil(q * took.length) - 1] ?? 0;
    const figures = `median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`;
    console.log(`${took.length} posts, ms from accepted to read: ${figures}`);
    expect(took).toHaveLength(AUTHORS * ROUNDS);
    expect(at(1)).toBeLessThan(KV_STALE_MAX_MS);
  },
);
