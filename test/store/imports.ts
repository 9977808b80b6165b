/** Conformance of a store: posts of an import under their callers' keys, and reactions in bulk. */
import { beforeEach, expect, it } from "vitest";
import { type ImportedPost, type ImportedReaction, IdTaken, type Store } from "../../db/store.ts";
import { type Id, idOfOwner, type UserId } from "../../feed/ids.ts";
import type { TallyJob } from "../../feed/delivery/jobs.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, countsOf, follow, idOf, jobOf, newPost, T0_MS } from "./fixtures.ts";

function imported(author: UserId, key: string, atMs = 0): ImportedPost {
  return { ...newPost(author, atMs), key };
}

export function importConformance(makeStore: MakeStore): void {
  let store: Store;
  let ada: UserId;
  let bob: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [ada = "", bob = ""] = await accounts(store, 2);
  });

  const reserve = (post: ImportedPost) =>
    store.imports.reservePosts([{ author: post.author, key: post.key, id: post.id }]);

  it("a key that is listed keeps its first post, and unknown keys are left out", async () => {
    const keys = ["one", "two words", "OK", '"quoted": {}', "ключ"];
    const entries = keys.map((key) => ({ key, post: idOf(ada) }));
    const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
    expect((await store.imports.listKeys(entries)).sort(byKey)).toEqual(entries.sort(byKey));
    const others = entries.map(({ key }) => ({ key, post: idOf(bob) }));
    expect((await store.imports.listKeys(others)).sort(byKey)).toEqual(entries);
    const listed = await store.imports.keysListed([...keys, "unknown", "one"]);
    expect(listed.sort(byKey)).toEqual(entries);
    expect(await store.imports.keysListed([])).toEqual([]);
  });

  it("a key keeps the id that was reserved for it, and another key does not get that id", async () => {
    const first = imported(ada, "first");
    const reserved = { key: "first", post: first.id, written: false };
    expect(await reserve(first)).toEqual([reserved]);
    expect(await reserve({ ...first, id: idOf(ada) })).toEqual([reserved]);
    expect(await reserve({ ...first, key: "second" })).toEqual([]);
    const posted = newPost(ada, 7);
    await store.posts.publish(posted, [], null);
    expect(await reserve({ ...first, key: "third", id: posted.id })).toEqual([]);
    // The author's row is not the list.
    expect(await store.imports.keysListed(["first"])).toEqual([]);
  });

  it("reserved posts are written once, with their jobs and the author's count", async () => {
    const parent = newPost(bob);
    const post = { ...imported(ada, "a reply"), replyTo: { id: parent.id, author: bob } };
    const other = imported(ada, "another", 5);
    for (const one of [post, other]) await reserve(one);
    const job = jobOf(ada);
    await store.imports.writePosts([post, other], [job]);
    await store.imports.writePosts([post, other], []);
    const bodies = await store.posts.byIds([post.id, other.id]);
    expect(bodies.get(post.id)).toMatchObject({ text: post.text, replyTo: post.replyTo });
    expect(bodies.get(other.id)).toMatchObject({ text: other.text, replyTo: null });
    expect((await countsOf(store, ada))?.posts).toBe(2);
    expect(await allJobs(store)).toEqual([job.id]);
    expect(await reserve(post)).toEqual([{ key: post.key, post: post.id, written: true }]);
    const archive = await store.posts.byAuthors([{ author: ada, below: "~" }], {
      downTo: "",
      limit: 10,
    });
    expect(archive.get(ada)?.entries.map(({ id }) => id)).toEqual([other.id, post.id]);
  });

  it("a post that was written and deleted is not written again, and its id stays taken", async () => {
    const post = imported(ada, "deleted");
    await reserve(post);
    await store.imports.writePosts([post], []);
    expect(await store.posts.remove(post, [])).toBe(true);
    await store.imports.writePosts([post], []);
    expect(await store.posts.existing([post.id])).toEqual(new Set());
    expect((await countsOf(store, ada))?.posts).toBe(0);
    expect(await reserve({ ...post, key: "other" })).toEqual([]);
  });

  it("a post that was not reserved is not written", async () => {
    const post = imported(ada, "unknown");
    await store.imports.writePosts([post], []);
    expect(await store.posts.existing([post.id])).toEqual(new Set());
  });

  it("a batch whose job has the id of another one throws IdTaken and writes nothing", async () => {
    const post = imported(ada, "a key");
    await reserve(post);
    const job = jobOf(ada);
    await store.outbox.put([{ ...job, range: [1, 2] }], T0_MS);
    await expect(store.imports.writePosts([post], [job])).rejects.toThrow(IdTaken);
    expect(await store.posts.existing([post.id])).toEqual(new Set());
    expect((await countsOf(store, ada))?.posts).toBe(0);
  });

  const reaction = (actor: UserId, kind: "like" | "repost", post: Id): ImportedReaction => {
    const entry = kind === "repost" ? idOf(actor, T0_MS + 50) : null;
    const id = idOf(actor, T0_MS + 100);
    const job: TallyJob = {
      ...{ v: 1, kind: "tally", id, part: 0, attempt: 0 },
      ...{ post, actor, reaction: kind },
    };
    return { actor, kind, post, entry, jobs: [job] };
  };

  it("reactions are written with their tallies, entries and jobs, each once", async () => {
    const post = newPost(ada);
    await store.posts.publish(post, [], null);
    const all = [ada, bob].flatMap((actor) => [
      reaction(actor, "like", post.id),
      reaction(actor, "repost", post.id),
    ]);
    for (let n = 0; n < 2; n++) {
      const again = all.map((one) => reaction(one.actor, one.kind, post.id));
      await store.imports.importReactions(n === 0 ? all : again, T0_MS + 100);
    }
    const stored = await store.reactions.reactionsBy(all);
    expect(stored).toHaveLength(4);
    for (const one of stored) {
      const { entry } =
        all.find(({ actor, kind }) => actor === one.actor && kind === one.kind) ?? {};
      expect(one).toMatchObject({ active: true, entry });
    }
    const tallies = await store.reactions.tallies(
      [ada, bob].map((actor) => ({ actor, post: post.id })),
    );
    const sum = (kind: "likes" | "reposts") => tallies.reduce((n, tally) => n + tally[kind], 0);
    expect([sum("likes"), sum("reposts")]).toEqual([2, 2]);
    const entries = all.flatMap(({ entry }) => entry ?? []);
    expect(await store.posts.existing(entries)).toEqual(new Set(entries));
    const jobs = await allJobs(store);
    for (const { jobs: own } of all) expect(jobs).toContain(own[0]?.id);
  });

  it("a reaction that was undone is not made again by an import", async () => {
    const post = newPost(ada);
    await store.posts.publish(post, [], null);
    for (const kind of ["like", "repost"] as const) {
      const made = reaction(bob, kind, post.id);
      const change = { actor: bob, kind, post: post.id, entry: made.entry };
      await store.reactions.setReaction({ ...change, active: true, nowMs: T0_MS + 100 }, []);
      await store.reactions.setReaction({ ...change, active: false, nowMs: T0_MS + 200 }, []);
      await store.imports.importReactions([reaction(bob, kind, post.id)], T0_MS + 300);
      expect(await store.reactions.reaction(bob, kind, post.id)).toMatchObject({ active: false });
      const entries = made.entry === null ? [] : [made.entry];
      expect(await store.posts.existing(entries)).toEqual(new Set());
    }
  });

  it("a repost whose entry is a post, or reserved for a key, is left out", async () => {
    const post = newPost(ada);
    const own = newPost(bob, 3);
    await store.posts.publish(post, [], null);
    await store.posts.publish(own, [], null);
    const reserved = imported(bob, "reserved", 9);
    await reserve(reserved);
    for (const entry of [own.id, reserved.id]) {
      const repost = { ...reaction(bob, "repost", post.id), entry };
      await store.imports.importReactions([repost], T0_MS + 100);
      expect(await store.reactions.reaction(bob, "repost", post.id)).toBeNull();
    }
    const [tally] = await store.reactions.tallies([{ actor: bob, post: post.id }]);
    expect(tally?.reposts ?? 0).toBe(0);
    expect((await store.posts.byIds([own.id])).get(own.id)?.text).toBe(own.text);
  });

  it("withAwakeFollowers names those accounts that have an active, awake follower", async () => {
    const [awake = "", asleep = "", left = ""] = await accounts(store, 3);
    const [reader = ""] = await accounts(store, 1);
    await follow(store, { follower: reader, followee: awake, nowMs: T0_MS });
    await follow(store, { follower: reader, followee: asleep, nowMs: T0_MS }, 0);
    await follow(store, { follower: reader, followee: left, nowMs: T0_MS });
    await follow(store, { follower: reader, followee: left, following: false, nowMs: T0_MS + 1 });
    const found = await store.graph.withAwakeFollowers([awake, asleep, left, ada]);
    expect(found).toEqual(new Set([awake]));
    expect(await store.graph.withAwakeFollowers([])).toEqual(new Set());
  });

  it("setReplies counts many replies of many posts, whatever was listed before", async () => {
    const parents = [newPost(ada), newPost(bob), newPost(ada, 4)];
    for (const post of parents) await store.posts.publish(post, [], null);
    const [first = "", second = "", third = ""] = parents.map(({ id }) => id);
    const replies = Array.from({ length: 30 }, (_, n) =>
      idOfOwner(n % 2 === 0 ? ada : bob, T0_MS + 500 + n),
    );
    const state = (parent: Id, exists: boolean) => (reply: Id) => ({ reply, parent, exists });
    await store.posts.setReplies([
      ...replies.slice(0, 10).map(state(first, true)),
      ...replies.slice(10, 12).map(state(second, true)),
    ]);
    await store.posts.setReplies([
      ...replies.slice(5, 20).map(state(first, true)),
      ...replies.slice(0, 3).map(state(first, false)),
      ...replies.slice(10, 11).map(state(second, false)),
      ...replies.slice(20, 30).map(state(third, true)),
    ]);
    const counts = await store.reactions.replyTallies([first, second, third]);
    expect([first, second, third].map((id) => counts.get(id)?.replies)).toEqual([17, 1, 10]);
    expect((await store.posts.replies(first, null, 100)).items).toHaveLength(17);
  });
}
