/** Conformance of a store: the recipients of fan-out. */
import { beforeEach, expect, it } from "vitest";
import type { Recipient, Store } from "../../db/store.ts";
import { idBucket, type UserId } from "../../feed/ids.ts";
import type { BucketRange } from "../../feed/delivery/jobs.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, follow, newAccount, newId, pair, T0_MS } from "./fixtures.ts";

const EVERYONE: BucketRange = [0, 1023];

async function recipientsOf(
  store: Store,
  author: UserId,
  range = EVERYONE,
  limit = 100,
): Promise<Recipient[]> {
  const found: Recipient[] = [];
  let page: Recipient[];
  do {
    page = await store.graph.recipients(author, range, found.at(-1)?.id ?? null, limit);
    found.push(...page);
  } while (page.length === limit);
  return found;
}

export function recipientConformance(makeStore: MakeStore): void {
  let store: Store;
  beforeEach(async () => {
    store = await makeStore();
  });

  it("recipients of a range of buckets are listed by bucket and id, on pages of any size", async () => {
    const [author = ""] = await accounts(store, 1);
    // Three followers share each bucket.
    const fans = Array.from({ length: 30 }, (_, n) => ({
      ...newAccount(),
      id: newId((n % 10) * 100, T0_MS + ((n * 7) % 30)),
    }));
    for (const { id } of fans)
      await follow(store, { follower: id, followee: author, nowMs: T0_MS });
    const byPlace = fans
      .map(({ id }) => id)
      .sort((a, b) => idBucket(a) - idBucket(b) || (a < b ? -1 : 1));
    for (const [from, to] of [EVERYONE, [0, 0], [100, 400], [101, 399], [901, 1023]] as const) {
      const expected = byPlace.filter((id) => idBucket(id) >= from && idBucket(id) <= to);
      for (const limit of [1, 4, 100]) {
        const found = await recipientsOf(store, author, [from, to], limit);
        expect(found.map(({ id }) => id)).toEqual(expected);
      }
    }
  });

  it("recipients leave out accounts that unfollowed, and accounts never woken", async () => {
    const [author = "", left = "", asleep = "", awake = ""] = await accounts(store, 4);
    await follow(store, { follower: left, followee: author, nowMs: T0_MS });
    await follow(store, { follower: left, followee: author, following: false, nowMs: T0_MS + 1 });
    await follow(store, { follower: asleep, followee: author, nowMs: T0_MS }, 0);
    await follow(store, { follower: awake, followee: author, nowMs: T0_MS }, T0_MS);
    expect(await recipientsOf(store, author)).toEqual([{ id: awake, awakeMs: T0_MS }]);
  });

  it("a follower marked dormant is no recipient until its timeline wakes", async () => {
    const { follower, followee: author } = await pair(store);
    await follow(store, { follower, followee: author, nowMs: T0_MS });
    const seen = await recipientsOf(store, author);
    await store.graph.markDormant(author, seen);
    expect(await recipientsOf(store, author)).toEqual([]);
    await store.graph.markDormant(author, seen);
    await store.graph.wake(follower, [author], T0_MS + 1);
    expect(await recipientsOf(store, author)).toEqual([{ id: follower, awakeMs: T0_MS + 1 }]);
  });

  it("a late dormant mark does not undo a newer wake", async () => {
    const { follower, followee: author } = await pair(store);
    await follow(store, { follower, followee: author, nowMs: T0_MS });
    const seen = await recipientsOf(store, author);
    // This holds for a clock that is behind, and for one that does not advance.
    for (const nowMs of [T0_MS - 5, T0_MS]) {
      await store.graph.wake(follower, [author], nowMs);
      await store.graph.markDormant(author, seen);
      expect((await recipientsOf(store, author)).map(({ id }) => id)).toEqual([follower]);
    }
  });

  it("marking some of many followers dormant leaves the rest awake", async () => {
    const [author = "", ...fans] = await accounts(store, 150);
    for (const follower of fans) await follow(store, { follower, followee: author, nowMs: T0_MS });
    const all = await recipientsOf(store, author, EVERYONE, 1_000);
    await store.graph.markDormant(author, all.slice(0, 120));
    expect(await recipientsOf(store, author)).toEqual(all.slice(120));
    await store.graph.markDormant(author, []);
    expect(await recipientsOf(store, author)).toHaveLength(29);
  });

  it("wake makes an account a recipient of all its followees, and wakes no other account", async () => {
    const [follower = "", other = "", ...authors] = await accounts(store, 6);
    for (const followee of authors) {
      await follow(store, { follower, followee, nowMs: T0_MS }, 0);
      await follow(store, { follower: other, followee, nowMs: T0_MS }, 0);
    }
    await store.graph.wake(follower, authors, T0_MS);
    for (const author of authors) {
      expect((await recipientsOf(store, author)).map(({ id }) => id)).toEqual([follower]);
    }
    expect(await store.graph.woken([follower, other, newId()])).toEqual(new Set([follower]));
    expect(await store.graph.woken([])).toEqual(new Set());
  });

  it("an account that follows nobody counts as woken after wake", async () => {
    const [loner = ""] = await accounts(store, 1);
    await store.graph.wake(loner, [], T0_MS);
    expect(await store.graph.woken([loner])).toEqual(new Set([loner]));
  });

  it("following again makes a dormant follower a recipient", async () => {
    const { follower, followee: author } = await pair(store);
    await follow(store, { follower, followee: author, nowMs: T0_MS });
    await store.graph.markDormant(author, await recipientsOf(store, author));
    await follow(store, { follower, followee: author, following: false, nowMs: T0_MS + 1 });
    await follow(store, { follower, followee: author, nowMs: T0_MS + 2 });
    expect((await recipientsOf(store, author)).map(({ id }) => id)).toEqual([follower]);
  });
}
