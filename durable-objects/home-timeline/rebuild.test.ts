import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BEGINNING, idFloor } from "../../feed/ids.ts";
import { DORMANT_AFTER_MS, REBUILD_BUFFER_MAX_CHANGES } from "../../feed/limits.ts";
import { created, idsOf, original, postsOf, removed } from "../../test/entries.ts";
import { newHome, newUser, seedOf, shownBy, warm } from "../../test/workerd/homes.ts";

const ask = { top: null, below: null, limit: 10 };

/** A token of a rebuild that has begun. @throws if the timeline is warm */
function started(token: string | null): string {
  if (token === null) throw new Error("the timeline is warm");
  return token;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a cold timeline", () => {
  it("says so to whoever asks, and keeps nothing", async () => {
    const { home, owner } = newHome();
    const [entry] = postsOf(owner, 1);
    const changes = entry === undefined ? [] : [created(entry)];
    expect(await home.readWindow(ask)).toEqual({ status: "cold" });
    expect(await home.readFollowees()).toEqual({ status: "cold" });
    expect(await home.deliver(changes)).toEqual({ status: "cold" });
    expect(await home.setFollow({ author: newUser(), version: 1, following: true })).toEqual({
      status: "moot",
    });
    expect((await home.fetch("http://home/")).status).toBe(409);
    await warm(home);
    expect(await shownBy(home)).toEqual({ ids: [], horizon: BEGINNING });
  });

  it("is warm once seeded, with what the seed has down to the seed's horizon", async () => {
    const { home, owner } = newHome();
    const author = newUser();
    const entries = [...postsOf(author, 5), ...postsOf(owner, 3, 10)];
    const horizon = entries[1]?.id ?? "";
    await warm(home, { follows: [author], entries, horizon });
    expect(await shownBy(home)).toEqual({
      ids: idsOf(entries.slice(1)).sort().reverse(),
      horizon,
    });
    expect(await home.readFollowees()).toEqual({ status: "warm", followees: [author], hidden: [] });
    expect(await home.beginRebuild()).toBeNull();
  });

  it("gives all who rebuild it at once the same token, and the first to seed wins", async () => {
    const { home, owner } = newHome();
    const [one, two] = [started(await home.beginRebuild()), started(await home.beginRebuild())];
    expect(one).toBe(two);
    const entries = postsOf(owner, 2);
    expect(await home.seed(seedOf(one, { entries }))).toBe(true);
    expect(await home.seed(seedOf(two))).toBe(false);
    expect((await shownBy(home)).ids).toHaveLength(2);
  });
});

describe("a rebuild", () => {
  it("refuses a seed that was read for another one", async () => {
    const { home } = newHome();
    expect(await home.seed(seedOf("a token of nobody"))).toBe(false);
    const stale = started(await home.beginRebuild());
    await evictDurableObject(home);
    expect(await home.seed(seedOf(stale))).toBe(false);
    const fresh = started(await home.beginRebuild());
    expect(fresh).not.toBe(stale);
    expect(await home.seed(seedOf(stale))).toBe(false);
    expect(await home.seed(seedOf(fresh))).toBe(true);
  });

  it("starts over when an edge changes while the store is read", async () => {
    for (const following of [true, false]) {
      const { home } = newHome();
      const token = started(await home.beginRebuild());
      await home.setFollow({ author: newUser(), version: 5, following });
      expect(await home.seed(seedOf(token))).toBe(false);
      await warm(home);
    }
  });

  it("starts over when it is told to forget", async () => {
    const { home } = newHome();
    const token = started(await home.beginRebuild());
    await home.forget();
    expect(await home.seed(seedOf(token))).toBe(false);
  });

  it("keeps what is delivered while the store is read, and shows each post once", async () => {
    const { home } = newHome();
    const author = newUser();
    const entries = postsOf(author, 6);
    const token = started(await home.beginRebuild());
    expect(await home.deliver(entries.slice(3).map(created))).toEqual({ status: "kept" });
    const seed = seedOf(token, { follows: [author], entries: entries.slice(0, 4) });
    expect(await home.seed(seed)).toBe(true);
    expect((await shownBy(home)).ids).toEqual(idsOf(entries).reverse());
  });

  it("keeps nothing that was deleted while the store was read", async () => {
    const { home } = newHome();
    const author = newUser();
    const entries = postsOf(author, 4);
    const [read, late, stays, last] = idsOf(entries);
    const token = started(await home.beginRebuild());
    await home.deliver(entries.slice(1, 2).map(created));
    await home.deliver([removed(read ?? ""), removed(late ?? "")]);
    await home.seed(seedOf(token, { follows: [author], entries }));
    expect((await shownBy(home)).ids).toEqual([last, stays]);
  });

  it("keeps nothing of those whom the owner does not follow, or that lies below the horizon", async () => {
    const { home } = newHome();
    const [author, stranger] = [newUser(), newUser()];
    const entries = postsOf(author, 4);
    const token = started(await home.beginRebuild());
    await home.deliver(postsOf(stranger, 3, 50).map(created));
    await home.deliver(entries.slice(0, 1).map(created));
    const horizon = entries[2]?.id ?? "";
    await home.seed(seedOf(token, { follows: [author], entries: entries.slice(2), horizon }));
    expect(await shownBy(home)).toEqual({ ids: idsOf(entries.slice(2)).reverse(), horizon });
  });

  it("starts over when more is delivered than it can hold", async () => {
    const { home } = newHome();
    const author = newUser();
    const token = started(await home.beginRebuild());
    const half = REBUILD_BUFFER_MAX_CHANGES / 2;
    expect(await home.deliver(postsOf(author, half).map(created))).toEqual({ status: "kept" });
    expect(await home.deliver(postsOf(author, half, half).map(created))).toEqual({
      status: "kept",
    });
    expect(await home.deliver(postsOf(author, 1, 2 * half).map(created))).toEqual({
      status: "cold",
    });
    expect(await home.seed(seedOf(token, { follows: [author] }))).toBe(false);
    await warm(home);
  });

  it("that dies with its object leaves a cold timeline", async () => {
    const { home } = newHome();
    await home.beginRebuild();
    await evictDurableObject(home);
    expect(await home.readWindow(ask)).toEqual({ status: "cold" });
  });
});

describe("a timeline that nobody reads", () => {
  it("goes cold at the first delivery after a week, and stays cold until it is rebuilt", async () => {
    const { home } = newHome();
    const author = newUser();
    const nowMs = Date.now();
    const post = () => created(original({ id: idFloor(Date.now()), author }));
    await warm(home, { follows: [author] });
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs + DORMANT_AFTER_MS - 1000 });
    expect(await home.deliver([post()])).toEqual({ status: "kept" });
    vi.setSystemTime(nowMs + DORMANT_AFTER_MS + 60_000);
    expect(await home.deliver([post()])).toEqual({ status: "cold" });
    expect(await home.readWindow(ask)).toEqual({ status: "cold" });
    await evictDurableObject(home);
    expect(await home.readWindow(ask)).toEqual({ status: "cold" });
    await warm(home, { follows: [author] });
    expect(await home.deliver([post()])).toEqual({ status: "kept" });
  });

  it("stays warm if it is read once a week", async () => {
    const { home } = newHome();
    const author = newUser();
    const nowMs = Date.now();
    await warm(home, { follows: [author] });
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
    for (let week = 1; week < 4; week++) {
      vi.setSystemTime(nowMs + week * (DORMANT_AFTER_MS - 1000));
      const post = created(original({ id: idFloor(Date.now()), author }));
      expect(await home.deliver([post])).toEqual({ status: "kept" });
      await home.readWindow(ask);
      await evictDurableObject(home);
    }
    expect((await shownBy(home)).ids).toHaveLength(3);
  });

  it("keeps no chunk when it has gone cold", async () => {
    const { home, owner } = newHome();
    await warm(home, { entries: postsOf(owner, 200) });
    await home.forget();
    const rows = await runInDurableObject(home, (_, { storage }) =>
      storage.sql.exec("SELECT count(*) AS n FROM chunks").one(),
    );
    expect(rows).toEqual({ n: 0 });
  });
});
