/** Ranked pages as a client sees them: their order, their explanation and the model. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HomeTimeline } from "../../durable-objects/home-timeline/home-timeline.ts";
import { countsKey, publishedText } from "../../feed/counts/published-counts.ts";
import { decodeRanked } from "../../feed/cursor.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import type { Session } from "../../feed/wire.ts";
import { homeOf } from "./homes.ts";
import { page, postsShown, scrollAll } from "./ranked.ts";
import { World } from "./world.ts";

/** Makes a reader who follows `count` authors; the authors write their posts in turn. */
async function scene(count: number, posts: number) {
  const world = new World();
  const reader = await world.account();
  const authors: Session[] = [];
  for (let n = 0; n < count; n++) authors.push(await world.account());
  const follow = authors.map(({ user }) => ({ follow: [reader.user.handle, user.handle] }));
  await world.import(follow);
  const written: { id: string; author: Session }[] = [];
  for (let n = 0; n < posts; n++) {
    const author = authors[n % count] ?? reader;
    written.push({ id: await world.post(author, `number ${n}`), author });
  }
  await world.drain();
  await world.scroll(reader);
  return { world, reader, authors, written };
}

describe("a ranked scroll", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("begins with the viewer's own fresh post and with authors they engage with", async () => {
    const { world, reader, authors, written } = await scene(8, 40);
    const [liked = reader] = authors;
    for (const { id, author } of written) {
      if (author !== liked) continue;
      await world.call("PUT", `/v1/posts/${id}/like`, { token: reader.token });
      const items = [{ postId: id, dwellMs: 20_000, opened: true }];
      await world.call("POST", "/v1/timeline/impressions", {
        token: reader.token,
        body: { items },
      });
    }
    for (const { id, author } of written) {
      if (author === liked) continue;
      const items = [{ postId: id, dwellMs: 100 }];
      await world.call("POST", "/v1/timeline/impressions", {
        token: reader.token,
        body: { items },
      });
    }
    await world.drain();
    const fresh = new Map<string, string>();
    for (const author of authors) fresh.set(await world.post(author, "new"), author.user.id);
    const own = await world.post(reader, "mine");
    await world.post(authors.at(-1) ?? reader, "newer than mine");
    await world.drain();
    const { items, order } = await page(world, reader, { limit: 5 });
    expect(order).toBe("ranked");
    const [first, second] = items;
    expect(first?.post.id).toBe(own);
    expect(second?.post.author.id).toBe(liked.user.id);
    expect(fresh.get(second?.post.id ?? "")).toBe(liked.user.id);
  });

  it("keeps the order of its first page while posts arrive, are deleted and gain reactions", async () => {
    const { world, reader, authors, written } = await scene(6, 60);
    const first = await page(world, reader, { limit: 10 });
    const waiting = decodeRanked(first.next ?? "")?.waiting ?? [];
    expect(waiting).toHaveLength(50);
    const [gone = "", ...left] = waiting;
    const [author = reader] = authors;
    await world.post(author, "comes meanwhile");
    await world.drain();
    for (const id of left) {
      const counts = { likes: id.charCodeAt(15) * 50, reposts: 3, replies: 9 };
      await world.env.COUNTS.put(countsKey(id), JSON.stringify(counts));
    }
    const token = written.find(({ id }) => id === gone)?.author.token ?? "";
    const removed = await world.call("DELETE", `/v1/posts/${gone}`, { token });
    expect(removed.status).toBe(204);
    await world.drain();
    await world.evict(reader);
    const shown: string[] = [];
    for (let cursor = first.next; cursor !== null;) {
      const next = await page(world, reader, { limit: 13, cursor });
      shown.push(...postsShown(next.items));
      cursor = next.next;
    }
    expect(shown).toEqual(left);
  });

  it("begins with the post of higher velocity of two with equal counts", async () => {
    const { world, reader, written } = await scene(2, 2);
    const [surging, over] = written.map(({ id }) => id);
    const nowMs = Date.now() + 24 * 3_600_000;
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
    const counts = { likes: 200, reposts: 20, replies: 20 };
    for (const [post, sum] of [
      [surging, 100],
      [over, 0],
    ] as const) {
      const published = { counts, velocity: { sum, atMs: nowMs } };
      await world.env.COUNTS.put(countsKey(post ?? ""), publishedText(published));
    }
    // The first token has expired by now.
    const later = await world.session(reader.user.handle);
    const { items } = await page(world, later, { limit: 2 });
    expect(postsShown(items)).toEqual([surging, over]);
    expect(items.map(({ post }) => post.counts)).toEqual([counts, counts]);
  });

  it("of a new account shows many authors and fresh posts", async () => {
    const { world, reader } = await scene(10, 100);
    const { items } = await page(world, reader, { limit: 20 });
    const authors = new Set(items.map((item) => item.post.author.id));
    expect(authors.size).toBe(10);
    const newest = new Set((await world.scroll(reader)).slice(0, 50));
    expect(items.filter((item) => newest.has(item.post.id)).length).toBeGreaterThanOrEqual(10);
  });

  it("continues below the ranked entries with all others, newest first", async () => {
    const { world, reader } = await scene(3, 150);
    const items = await scrollAll(world, reader, "ranked", () => 40);
    const rest = postsShown(items).slice(100);
    expect(rest).toHaveLength(50);
    expect(rest).toEqual([...rest].sort().reverse());
    expect(postsShown(items).sort()).toEqual((await world.scroll(reader)).sort());
  });

  it("accepts a cursor without an order, and refuses a cursor of the other order", async () => {
    const { world, reader } = await scene(2, 6);
    const ranked = await page(world, reader, { limit: 2 });
    const latest = await page(world, reader, { order: "latest", limit: 2 });
    expect((await page(world, reader, { cursor: ranked.next })).order).toBe("ranked");
    expect((await page(world, reader, { cursor: latest.next })).order).toBe("latest");
    await expect(page(world, reader, { order: "ranked", cursor: latest.next })).rejects.toThrow(
      "400",
    );
    await expect(page(world, reader, { order: "latest", cursor: ranked.next })).rejects.toThrow(
      "400",
    );
  });
});

describe("the explanation of an item", () => {
  it("is on each item with explain=true, adds up to the score, and lists the largest part first", async () => {
    const { world, reader } = await scene(4, 30);
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages++) {
      const { items, next } = await page(world, reader, { limit: 12, explain: true, cursor });
      for (const { why } of items) {
        if (why === undefined) throw new Error("an item has no why");
        const sum = (list: readonly { contribution: number }[]) =>
          list.reduce((total, { contribution }) => total + contribution, 0);
        expect(sum(why.actions)).toBeCloseTo(why.score, 5);
        expect(why.typical + sum(why.contributions)).toBeCloseTo(why.score, 5);
        const sizes = why.contributions.map(({ contribution }) => Math.abs(contribution));
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
        expect(why.model).toBe(DEFAULT_MODEL.name);
      }
      cursor = next;
    }
  });

  it("is absent without explain=true and in the latest order", async () => {
    const { world, reader } = await scene(1, 3);
    const plain = await page(world, reader, {});
    const latest = await page(world, reader, { order: "latest", explain: true });
    for (const { items } of [plain, latest]) {
      expect(items).toHaveLength(3);
      expect(items.every((item) => !("why" in item))).toBe(true);
    }
  });
});

describe("a page whose timeline fails after the window was read", () => {
  const fails = (): never => {
    throw new Error("not today");
  };

  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is served without its explanation", async () => {
    const { world, reader } = await scene(2, 12);
    const first = await page(world, reader, { limit: 5, explain: true });
    const asked = vi.spyOn(HomeTimeline.prototype, "rankingContext").mockImplementation(fails);
    const next = await page(world, reader, { limit: 5, explain: true, cursor: first.next });
    expect(asked).toHaveBeenCalled();
    expect(next.items).toHaveLength(5);
    expect(next.items.every((item) => item.why === undefined)).toBe(true);
  });

  it("is served although the timeline cannot store the viewer's reactions to an old post", async () => {
    const { world, reader, authors } = await scene(1, 1);
    const [author = reader] = authors;
    const stranger = await world.account();
    const old = await world.post(stranger, "long ago");
    await homeOf(reader.user.id).home.forget();
    await page(world, reader, {});
    await world.call("PUT", `/v1/posts/${old}/like`, { token: reader.token });
    await world.call("PUT", `/v1/posts/${old}/repost`, { token: author.token });
    await world.drain();
    const asked = vi.spyOn(HomeTimeline.prototype, "rememberReactions").mockImplementation(fails);
    const { items } = await page(world, reader, {});
    expect(asked).toHaveBeenCalled();
    expect(postsShown(items)).toContain(old);
  });
});
