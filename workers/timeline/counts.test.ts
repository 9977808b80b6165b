import { describe, expect, it } from "vitest";
import { countsKey, publishedText } from "../../feed/counts/published-counts.ts";
import { makeId, type PostId } from "../../feed/ids.ts";
import { CARD_KEPT_MS } from "../../feed/limits-profiles.ts";
import { DataCentre } from "../../test/data-centre.ts";
import { CountsCache } from "./counts.ts";

const NOW_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const POSTS = Array.from({ length: 20 }, (_, n) => makeId(NOW_MS - 41 * MINUTE_MS, n, n));
const [first = ""] = POSTS;

/** A data centre with KV behind it, whose read keys are counted, and any number of isolates. */
class Place {
  nowMs = NOW_MS;
  keys = 0;
  readonly near = new DataCentre();
  readonly #kv = new Map<string, string>();
  readonly #later: Promise<unknown>[] = [];

  publish(post: PostId, likes: number): void {
    const counts = { likes, reposts: 0, replies: 0 };
    this.#kv.set(countsKey(post), publishedText({ counts, velocity: null }));
  }

  isolate(): CountsCache {
    const kv = {
      delete: () => Promise.resolve(),
      get: (keys: string[]) => {
        this.keys += keys.length;
        const texts = keys.map((key): [string, unknown] => {
          const text = this.#kv.get(key);
          return [key, text === undefined ? null : JSON.parse(text)];
        });
        return Promise.resolve(new Map(texts));
      },
    };
    const place = {
      near: this.near,
      nowMs: () => this.nowMs,
      afterwards: (work: Promise<unknown>) => void this.#later.push(work),
    };
    return new CountsCache(kv, place, { count: () => undefined });
  }

  async likesOf(isolate: CountsCache, posts: readonly PostId[] = POSTS) {
    const counts = await isolate.read(posts);
    await Promise.all(this.#later);
    return posts.map((post) => counts.get(post)?.counts.likes ?? null);
  }
}

describe("counts of a page", () => {
  it("cost a key of KV each in the first isolate of a data centre, and none in all others", async () => {
    const place = new Place();
    place.publish(first, 3);
    const expected = [3, ...POSTS.slice(1).map(() => null)];
    const isolate = place.isolate();
    expect(await place.likesOf(isolate)).toEqual(expected);
    expect(place.keys).toBe(POSTS.length);
    expect(await place.likesOf(place.isolate())).toEqual(expected);
    const asked = place.near.calls.match;
    expect(await place.likesOf(isolate)).toEqual(expected);
    expect(place.near.calls.match).toBe(asked);
    expect(place.keys).toBe(POSTS.length);
  });

  it("are read again when the post is twice as old, whether it had any or not", async () => {
    const place = new Place();
    const isolate = place.isolate();
    await place.likesOf(isolate);
    place.publish(first, 1);
    place.nowMs += 40 * MINUTE_MS - 1;
    expect((await place.likesOf(isolate))[0]).toBeNull();
    expect((await place.likesOf(place.isolate()))[0]).toBeNull();
    place.nowMs += 1;
    expect((await place.likesOf(isolate))[0]).toBe(1);
    expect((await place.likesOf(place.isolate()))[0]).toBe(1);
  });

  it("are the newest of KV where a reader asks for one post", async () => {
    const place = new Place();
    const isolate = place.isolate();
    await place.likesOf(isolate);
    place.publish(first, 1);
    expect((await isolate.readNewest([first])).get(first)?.counts.likes).toBe(1);
    // And a page that the isolate serves next has them, too.
    expect((await place.likesOf(isolate))[0]).toBe(1);
  });

  it("come from KV while the data centre's cache fails", async () => {
    const place = new Place();
    place.publish(first, 3);
    place.near.broken = true;
    expect((await place.likesOf(place.isolate()))[0]).toBe(3);
  });

  it("of a post shown as a repost are read again after the time of a card, if they show no repost", async () => {
    const place = new Place();
    place.nowMs += 60 * MINUTE_MS;
    const isolate = place.isolate();
    await isolate.read([first]);
    place.publish(first, 3);
    place.nowMs += CARD_KEPT_MS + 1;
    expect((await isolate.read([first])).get(first)).toBeUndefined();
    expect((await isolate.read([first], [first])).get(first)?.counts.likes).toBe(3);
    const { keys } = place;
    await isolate.read([first], [first]);
    expect(place.keys).toBe(keys);
  });

  it("of posts in their first minute ask the data centre for nothing", async () => {
    const place = new Place();
    const young = makeId(place.nowMs - MINUTE_MS + 1, 1, 1);
    place.publish(young, 3);
    expect(await place.likesOf(place.isolate(), [young])).toEqual([3]);
    expect(place.near.calls).toEqual({ match: 0, put: 0 });
  });
});
