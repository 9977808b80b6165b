import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../feed/timeline/entry.ts";
import { BEGINNING } from "../../feed/ids.ts";
import { TIMELINE_MAX_DEFAULT, TOMBSTONE_TTL_MS } from "../../feed/limits.ts";
import { created, idAt, idsOf, original, postsOf, removed, repost } from "../../test/entries.ts";
import { newHome, newUser, shownBy, warm } from "../../test/workerd/homes.ts";

/** A warm timeline whose owner follows one author. */
async function follower() {
  const { home, owner } = newHome();
  const author = newUser();
  await warm(home, { follows: [author], version: 10 });
  return { home, owner, author };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a delivery", () => {
  it("of someone not followed is refused, and of the owner is not", async () => {
    const { home, owner, author } = await follower();
    const stranger = newUser();
    const entries = [author, stranger, owner].map((by, n) => original({ id: idAt(n), author: by }));
    await home.deliver(entries.map(created));
    expect((await shownBy(home)).ids).toEqual([idAt(2), idAt(0)]);
  });

  it("of a repost depends on who reposts, not on who wrote", async () => {
    const { home, author } = await follower();
    const stranger = newUser();
    const mine = repost(idAt(5), author, { id: idAt(1), author: stranger });
    const theirs = repost(idAt(6), stranger, { id: idAt(2), author });
    await home.deliver([created(mine), created(theirs)]);
    expect((await shownBy(home)).ids).toEqual([idAt(5)]);
  });

  it("twice, in any order and any batches, shows what it shows once", async () => {
    const { author } = await follower();
    const changes: Change[] = [
      ...postsOf(author, 12).map(created),
      created(repost(idAt(20), author, { id: idAt(3), author })),
      ...[2, 3, 9].map((n) => removed(idsOf(postsOf(author, 12))[n] ?? "")),
    ];
    const kept = idsOf(postsOf(author, 12)).filter((_, n) => ![2, 3, 9].includes(n));
    const order = fc.shuffledSubarray([...changes, ...changes], {
      minLength: 2 * changes.length,
    });
    const runs = fc.asyncProperty(order, fc.integer({ min: 1, max: 5 }), async (all, size) => {
      const { home } = newHome();
      await warm(home, { follows: [author] });
      for (let n = 0; n < all.length; n += size) await home.deliver(all.slice(n, n + size));
      // The repost's original is idAt(3), which is nobody's post here: it stays.
      expect((await shownBy(home)).ids).toEqual([idAt(20), ...kept.toReversed()]);
    });
    await fc.assert(runs, { numRuns: 25 });
  });
});

describe("a deletion", () => {
  it("beats a create that comes late, also after the object was evicted and rebuilt", async () => {
    const { home, author } = await follower();
    const [entry = original({ id: idAt(1), author })] = postsOf(author, 1);
    await home.deliver([removed(entry.id)]);
    await home.deliver([created(entry)]);
    await evictDurableObject(home);
    await home.deliver([created(entry)]);
    expect((await shownBy(home)).ids).toEqual([]);
    await home.forget();
    await warm(home, { follows: [author], entries: [entry] });
    expect((await shownBy(home)).ids).toEqual([]);
  });

  it("takes every repost of the post with it, and later ones do not bring it back", async () => {
    const { home, author } = await follower();
    const of = { id: idAt(1), author };
    await home.deliver([created(original(of)), created(repost(idAt(5), author, of))]);
    await home.deliver([removed(of.id), created(repost(idAt(6), author, of))]);
    expect((await shownBy(home)).ids).toEqual([]);
  });

  it("is remembered for as long as a late create can come, and no longer", async () => {
    const { home, author } = await follower();
    const nowMs = Date.now();
    const count = () =>
      runInDurableObject(home, (_, { storage }) =>
        storage.sql.exec("SELECT count(*) AS n FROM tombstones").one(),
      );
    vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
    await home.deliver([removed(idAt(1)), removed(idAt(2))]);
    vi.setSystemTime(nowMs + TOMBSTONE_TTL_MS - 1000);
    await home.deliver([removed(idAt(3))]);
    expect(await count()).toEqual({ n: 3 });
    await home.deliver([created(original({ id: idAt(1), author }))]);
    expect((await shownBy(home)).ids).toEqual([]);
    vi.setSystemTime(nowMs + TOMBSTONE_TTL_MS + 1000);
    await home.deliver([removed(idAt(4))]);
    expect(await count()).toEqual({ n: 2 });
  });
});

describe("a follow", () => {
  it("of an older version than is known changes nothing, whichever way it goes", async () => {
    const { home, author } = await follower();
    expect(await home.setFollow({ author, version: 9, following: false })).toEqual({
      status: "moot",
    });
    await home.setFollow({ author, version: 12, following: false });
    const late = await home.setFollow({ author, version: 11, following: true });
    expect(late).toEqual({ status: "moot" });
    expect(await home.readFollowees()).toEqual({ status: "warm", followees: [], hidden: [] });
  });

  it("of an older version stays without effect after the timeline was rebuilt", async () => {
    const { home, author } = await follower();
    await home.setFollow({ author, version: 12, following: false });
    await home.forget();
    await warm(home);
    expect(await home.setFollow({ author, version: 11, following: true })).toEqual({
      status: "moot",
    });
    expect(await home.readFollowees()).toEqual({ status: "warm", followees: [], hidden: [] });
  });

  it("of an older version stays without effect if it ended while the timeline was cold", async () => {
    const { home, author } = await follower();
    await home.forget();
    await home.setFollow({ author, version: 12, following: false });
    await warm(home);
    expect(await home.setFollow({ author, version: 11, following: true })).toEqual({
      status: "moot",
    });
    await home.setFollow({ author, version: 13, following: true });
    expect(await home.readFollowees()).toEqual({ status: "warm", followees: [author], hidden: [] });
    await home.forget();
    await warm(home, { follows: [author], version: 13 });
    expect(await home.readFollowees()).toEqual({ status: "warm", followees: [author], hidden: [] });
  });

  it("that is repeated says again where its backfill ends, and breaks nothing", async () => {
    const { home, author } = await follower();
    const first = await home.setFollow({ author, version: 10, following: true });
    expect(first).toEqual({ status: "applied", horizon: BEGINNING });
    expect(await home.setFollow({ author, version: 10, following: true })).toEqual(first);
  });

  it("that ends takes everything of the author away, reposts too, and nothing else", async () => {
    const { home, owner, author } = await follower();
    const theirs = original({ id: idAt(4), author: owner });
    await home.deliver([
      ...postsOf(author, 3).map(created),
      created(theirs),
      created(repost(idAt(9), author, { id: theirs.id, author: owner })),
    ]);
    await home.setFollow({ author, version: 11, following: false });
    expect((await shownBy(home)).ids).toEqual([theirs.id]);
    await home.deliver(postsOf(author, 3, 20).map(created));
    await evictDurableObject(home);
    expect((await shownBy(home)).ids).toEqual([theirs.id]);
  });
});

describe("a backfill", () => {
  it("that was cut off raises the horizon to its oldest, and the window forgets what is below", async () => {
    const { home, owner } = newHome();
    const author = newUser();
    await warm(home, { entries: postsOf(owner, 5) });
    await home.setFollow({ author, version: 3, following: true });
    const entries = postsOf(author, 4, 2);
    const horizon = entries[0]?.id ?? "";
    await home.backfill({ author, version: 3, slice: { entries, horizon } });
    const own = idsOf(postsOf(owner, 5)).filter((id) => id >= horizon);
    const ids = [...own, ...idsOf(entries)].sort().reverse();
    expect(await shownBy(home)).toEqual({ ids, horizon });
  });

  it("of an edge that has changed since is refused", async () => {
    const { home, author } = await follower();
    const slice = { entries: postsOf(author, 3), horizon: BEGINNING };
    await home.setFollow({ author, version: 11, following: false });
    await home.backfill({ author, version: 10, slice });
    await home.setFollow({ author, version: 12, following: true });
    await home.backfill({ author, version: 10, slice });
    expect((await shownBy(home)).ids).toEqual([]);
    await home.backfill({ author, version: 12, slice });
    expect((await shownBy(home)).ids).toHaveLength(3);
  });

  it("of more than the window holds leaves the newest, and an exact horizon", async () => {
    const { home, author } = await follower();
    const count = TIMELINE_MAX_DEFAULT + 100;
    const entries = postsOf(author, count);
    await home.backfill({ author, version: 10, slice: { entries, horizon: BEGINNING } });
    const { ids, horizon } = await shownBy(home);
    expect(ids.length).toBeLessThanOrEqual(TIMELINE_MAX_DEFAULT);
    expect(ids).toEqual(
      idsOf(entries)
        .filter((id) => id >= horizon)
        .reverse(),
    );
  });
});

it("an evicted timeline is what it was: window, horizon, follows and numbers", async () => {
  const { home, author } = await follower();
  await home.deliver(postsOf(author, TIMELINE_MAX_DEFAULT + 77).map(created));
  await home.deliver([removed(idsOf(postsOf(author, 900))[500] ?? "")]);
  await home.setFollow({ author: newUser(), version: 5, following: true });
  const whole = async () => [await shownBy(home), await home.readFollowees()];
  const before = await whole();
  await evictDurableObject(home);
  expect(await whole()).toEqual(before);
});
