/** Conformance of a store: likes, reposts and their counts. */
import { beforeEach, expect, it } from "vitest";
import type { NewPost, Reaction, Store } from "../../db/store.ts";
import { BEGINNING, idBucket, idCeiling, type PostId, type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, newAccount, newId, newPost, T0_MS, idOf, jobOf } from "./fixtures.ts";

const NOW = idCeiling(T0_MS + 1_000_000);

/** A post as it was read before its reposts were counted. */
function original({ id }: { id: PostId }) {
  return { id, counts: { likes: 0, reposts: 0, replies: 0 } };
}

export function reactionConformance(makeStore: MakeStore): void {
  let store: Store;
  let post: NewPost;
  let author: UserId;
  let ada: UserId;
  let bob: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [author = "", ada = "", bob = ""] = await accounts(store, 3);
    post = newPost(author);
    await store.posts.publish(post, [], null);
  });

  const like = (actor: UserId, active: boolean, nowMs = T0_MS, of = post.id) =>
    store.reactions.setReaction({ actor, kind: "like", post: of, active, entry: null, nowMs }, []);
  const repost = (actor: UserId, active: boolean, entry: string, nowMs = T0_MS) =>
    store.reactions.setReaction({ actor, kind: "repost", post: post.id, active, entry, nowMs }, []);
  const tallyOf = async (actor: UserId) => {
    const key = { post: post.id, actor };
    const [tally] = await store.reactions.tallies([key]);
    return tally;
  };
  const shownBy = async (actor: UserId) => {
    const queries = [{ author: actor, below: NOW }];
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 10 });
    return slices.get(actor)?.entries.map(({ id, by, post: { id: of } }) => [id, by?.id, of]);
  };

  it("a like writes its jobs and its tally, and a repeated like writes nothing", async () => {
    const job = jobOf(ada);
    const reaction = {
      actor: ada,
      kind: "like",
      post: post.id,
      active: true,
      entry: null,
    } as const;
    const first = await store.reactions.setReaction({ ...reaction, nowMs: T0_MS }, [job]);
    const tally = { post: post.id, bucket: idBucket(ada), likes: 1, reposts: 0, version: 1 };
    expect(first).toEqual({ ...reaction, version: T0_MS, changed: true, tally });
    const again = jobOf(ada);
    const second = await store.reactions.setReaction({ ...reaction, nowMs: T0_MS + 5 }, [again]);
    expect(second).toEqual({ ...reaction, version: T0_MS, changed: false, tally });
    expect(await allJobs(store)).toEqual([job.id]);
    expect(await tallyOf(ada)).toMatchObject({ likes: 1, reposts: 0 });
    expect(await store.reactions.reaction(ada, "like", post.id)).toEqual({
      ...reaction,
      version: T0_MS,
    });
    expect(await store.reactions.reaction(bob, "like", post.id)).toBeNull();
  });

  it("reactionsBy returns the reactions that there are, active or not", async () => {
    await like(ada, true);
    await repost(bob, true, newId(idBucket(bob), T0_MS + 5));
    await like(bob, true);
    await like(bob, false, T0_MS + 1);
    const keys = [ada, bob].flatMap((actor) =>
      (["like", "repost"] as const).map((kind) => ({ actor, kind, post: post.id })),
    );
    const found = await store.reactions.reactionsBy(keys);
    const alone = await Promise.all(
      keys.map(({ actor, kind }) => store.reactions.reaction(actor, kind, post.id)),
    );
    const there = alone.filter((reaction) => reaction !== null);
    expect(there).toHaveLength(3);
    expect(new Set(found)).toEqual(new Set(there));
    expect(await store.reactions.reactionsBy([])).toEqual([]);
  });

  it("only an active like can be undone, and each change raises both versions", async () => {
    expect(await like(ada, false)).toMatchObject({ active: false, changed: false });
    expect(await tallyOf(ada)).toBeUndefined();
    const versions: number[] = [];
    const tallies: number[] = [];
    for (const [n, atMs] of [0, 0, -50, 10].entries()) {
      const written = await like(ada, n % 2 === 0, T0_MS + atMs);
      expect(written).toMatchObject({ active: n % 2 === 0, changed: true });
      versions.push(written.version);
      const tally = await tallyOf(ada);
      expect(tally?.likes).toBe(n % 2 === 0 ? 1 : 0);
      tallies.push(tally?.version ?? 0);
    }
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(tallies).toEqual([...new Set(tallies)].sort((a, b) => a - b));
  });

  it("a repost is an entry of its actor until it is undone", async () => {
    const entry = idOf(ada, T0_MS + 5);
    expect(await repost(ada, true, entry)).toMatchObject({ entry, changed: true });
    expect(await shownBy(ada)).toEqual([[entry, ada, post.id]]);
    // A repost's id names no post, but the entry exists.
    expect((await store.posts.byIds([entry])).size).toBe(0);
    expect(await store.posts.existing([entry, post.id])).toEqual(new Set([entry, post.id]));
    expect(await repost(ada, true, idOf(ada))).toMatchObject({ entry, changed: false });
    expect(await repost(ada, false, idOf(ada))).toMatchObject({
      entry,
      active: true,
      changed: false,
    });
    expect(await repost(ada, false, entry)).toMatchObject({ active: false, changed: true });
    expect(await shownBy(ada)).toEqual([]);
    expect(await tallyOf(ada)).toMatchObject({ likes: 0, reposts: 0 });
  });

  it("a repost of a deleted post makes no entry, and reading continues past it", async () => {
    await repost(ada, true, idOf(ada, T0_MS + 5));
    const own = newPost(ada, 3);
    await store.posts.publish(own, [], null);
    await store.posts.remove(post, []);
    expect(await shownBy(ada)).toEqual([[own.id, undefined, own.id]]);
    const queries = [{ author: ada, below: NOW }];
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 1 });
    expect(slices.get(ada)?.entries).toEqual([]);
    expect(slices.get(ada)?.horizon).not.toBe(BEGINNING);
  });

  it("an account's active reactions are read for listed posts, and for all posts from an id on", async () => {
    const posts = Array.from({ length: 6 }, (_, n) => newPost(author, n + 1));
    for (const some of posts) await store.posts.publish(some, [], null);
    const ids = posts.map(({ id }) => id).sort();
    for (const id of ids) await like(ada, true, T0_MS, id);
    await like(ada, false, T0_MS + 1, ids[4]);
    await repost(ada, true, idOf(ada));
    await like(bob, true, T0_MS, ids[0]);
    const found = async (...of: [readonly string[], string?]) =>
      (await store.reactions.reactionsOf(ada, ...of)).map(keyOf).sort();
    expect(await found([ids[0] ?? "", ids[4] ?? "", post.id])).toEqual(
      [`like ${ids[0]}`, `repost ${post.id}`].sort(),
    );
    expect(await found([], ids[2])).toEqual([2, 3, 5].map((n) => `like ${ids[n]}`));
    expect(await found([ids[0] ?? "", ids[3] ?? ""], ids[2])).toEqual(
      [0, 2, 3, 5].map((n) => `like ${ids[n]}`),
    );
    expect(await found([])).toEqual([]);
  });

  it("newestReposts returns the newest repost by the given authors at or below an id", async () => {
    const fans = await accounts(store, 40);
    const entries = fans.map((fan, n) => idOf(fan, T0_MS + 10 + n));
    for (const [n, fan] of fans.entries()) await repost(fan, true, entries[n] ?? "");
    const silent = newPost(author, 1);
    await store.posts.publish(silent, [], null);
    const newest = async (authors: readonly UserId[], top: string) => {
      const bounds = { top, maxRows: 5_000 };
      const found = await store.reactions.newestReposts(
        [original(post), original(silent)],
        authors,
        bounds,
      );
      expect(found.unread).toEqual(new Set());
      return found.newest;
    };
    expect(await newest(fans, NOW)).toEqual(new Map([[post.id, entries[39]]]));
    expect(await newest(fans, entries[20] ?? "")).toEqual(new Map([[post.id, entries[20]]]));
    // Fewer authors than reposts, then more.
    expect(await newest(fans.slice(3, 5), NOW)).toEqual(new Map([[post.id, entries[4]]]));
    expect(await newest(fans.slice(3, 5), entries[3] ?? "")).toEqual(
      new Map([[post.id, entries[3]]]),
    );
    const strangers = Array.from({ length: 100 }, () => newAccount().id);
    expect(await newest([...strangers, fans[7] ?? ""], NOW)).toEqual(
      new Map([[post.id, entries[7]]]),
    );
    expect(await newest(strangers, NOW)).toEqual(new Map());
    expect(await newest([], NOW)).toEqual(new Map());
  });

  it("newestReposts says which originals it left out because they would cost more rows than it may read", async () => {
    const fans = await accounts(store, 60);
    for (const [n, fan] of fans.entries()) {
      await repost(fan, true, idOf(fan, T0_MS + 10 + n));
    }
    const silent = newPost(author, 1);
    await store.posts.publish(silent, [], null);
    const read = (originals: (typeof post)[], maxRows: number) =>
      store.reactions.newestReposts(originals.map(original), fans, { top: NOW, maxRows });
    expect((await read([silent, post], 5_000)).unread).toEqual(new Set());
    const few = await read([silent, post], 20);
    expect(few).toEqual({ newest: new Map(), unread: new Set([post.id]) });
  });

  it("a post keeps the counts of the newest version that was stored", async () => {
    const counts = { likes: 3, reposts: 2, replies: 0 };
    const stored = async () => (await store.posts.byIds([post.id])).get(post.id)?.counts;
    await store.reactions.storeCounts(post.id, counts, 7);
    await store.reactions.storeCounts(post.id, { ...counts, likes: 1 }, 6);
    await store.reactions.storeCounts(post.id, { ...counts, likes: 1 }, 7);
    expect(await stored()).toEqual(counts);
    await store.reactions.storeCounts(post.id, { ...counts, likes: 4 }, 8);
    expect(await stored()).toEqual({ ...counts, likes: 4 });
    await store.reactions.storeCounts(newId(), counts, 1);
  });
}

function keyOf({ kind, post }: Reaction): string {
  return `${kind} ${post}`;
}
