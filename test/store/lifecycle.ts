/** Conformance of a store: the states of accounts, and what an account owns. */
import { beforeEach, expect, it } from "vitest";
import type { AccountState, Store } from "../../db/store.ts";
import type { UserId } from "../../feed/ids.ts";
import { accounts, allJobs, follow, idOf, jobOf, newAccount, newPost, T0_MS } from "./fixtures.ts";
import type { MakeStore } from "./make-store.ts";

export function lifecycleConformance(makeStore: MakeStore): void {
  let store: Store;
  let ada: UserId;
  let bob: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [ada = "", bob = ""] = await accounts(store, 2);
  });

  async function change(id: UserId, to: AccountState, from = 0, version = from + T0_MS) {
    const job = jobOf(id, version);
    return { job, changed: await store.lifecycle.setState({ id, from, to, version }, [job]) };
  }

  it.each<AccountState>(["suspended", "leaving", "gone"])(
    "an account that is %s is found in no way but by its state, and its posts are not read",
    async (state) => {
      const eve = { ...newAccount("eve"), passwordHash: "a hash" };
      await store.accounts.create(eve);
      const post = newPost(eve.id);
      await store.posts.publish(post, [], null);
      const { job, changed } = await change(eve.id, state);
      expect(changed).toBe(true);
      expect(await allJobs(store)).toEqual([job.id]);
      expect(await store.accounts.byIds([eve.id, ada])).toMatchObject({ size: 1 });
      expect(await store.accounts.byHandles(["eve"])).toEqual(new Map());
      expect(await store.accounts.credentials("eve")).toBeNull();
      expect(await store.posts.byIds([post.id])).toEqual(new Map());
      const queries = [{ author: eve.id, below: idOf(eve.id, T0_MS + 1000) }];
      const read = await store.posts.byAuthors(queries, { downTo: "0".repeat(16), limit: 10 });
      expect(read.get(eve.id)?.entries ?? []).toEqual([]);
      expect(await store.lifecycle.holder("eve")).toBe(eve.id);
      const stored = (await store.lifecycle.inAnyState([eve.id])).get(eve.id);
      expect(stored).toMatchObject({ handle: "eve", state, stateVersion: T0_MS });
      expect(stored?.name).toBe(state === "gone" ? "" : eve.name);
      expect(await store.accounts.create(newAccount("eve"))).toBe("handle_taken");
      expect(await store.accounts.importAll([newAccount("eve")])).toBe(0);
    },
  );

  it("an account that is active again is found as before, with its posts and its password", async () => {
    const eve = { ...newAccount("eve"), passwordHash: "a hash" };
    await store.accounts.create(eve);
    const post = newPost(eve.id);
    await store.posts.publish(post, [], null);
    await change(eve.id, "suspended");
    expect((await change(eve.id, "active", T0_MS)).changed).toBe(true);
    expect((await store.accounts.credentials("eve"))?.passwordHash).toBe("a hash");
    expect((await store.posts.byIds([post.id])).get(post.id)?.text).toBe(post.text);
  });

  it("a change from a version that is over writes neither the state nor its jobs", async () => {
    await change(ada, "suspended");
    const late = await change(ada, "leaving", 0, T0_MS + 7);
    expect(late.changed).toBe(false);
    expect((await store.lifecycle.inAnyState([ada])).get(ada)?.state).toBe("suspended");
    expect(await allJobs(store)).not.toContain(late.job.id);
  });

  it("a change that is repeated, as after a lost answer, says again that it changed the state", async () => {
    const job = jobOf(ada);
    const wanted = { id: ada, from: 0, to: "suspended", version: T0_MS } as const;
    expect(await store.lifecycle.setState(wanted, [job])).toBe(true);
    expect(await store.lifecycle.setState(wanted, [job])).toBe(true);
    expect(await allJobs(store)).toEqual([job.id]);
  });

  it("a handle is free once its account, which is gone, is freed, and not before", async () => {
    const eve = newAccount("eve");
    await store.accounts.create(eve);
    await store.lifecycle.free(eve.id);
    expect((await store.accounts.byHandles(["eve"])).size).toBe(1);
    await change(eve.id, "gone");
    await store.lifecycle.free(eve.id);
    await store.lifecycle.free(eve.id);
    expect(await store.lifecycle.holder("eve")).toBeNull();
    expect(await store.lifecycle.inAnyState([eve.id])).toEqual(new Map());
    const next = newAccount("eve");
    expect(await store.accounts.create(next)).toBe("created");
    expect((await store.accounts.byHandles(["eve"])).get("eve")?.id).toBe(next.id);
  });

  it("an account's posts and reposts are read newest first, a page at a time, also while it is hidden", async () => {
    const original = newPost(bob);
    await store.posts.publish(original, [], null);
    const own = [1, 2, 3].map((ms) => newPost(ada, ms));
    const reply = newPost(ada, 4, { id: original.id, author: bob });
    for (const post of [...own, reply]) await store.posts.publish(post, [], null);
    const entry = idOf(ada, T0_MS + 9);
    const repost = { actor: ada, kind: "repost", post: original.id, active: true, entry } as const;
    await store.reactions.setReaction({ ...repost, nowMs: T0_MS }, [jobOf(ada)]);
    await change(ada, "suspended");
    const first = await store.lifecycle.ownPosts(ada, null, 2);
    const rest = await store.lifecycle.ownPosts(ada, first.at(-1)?.id ?? null, 10);
    expect(first).toMatchObject([
      { id: entry, text: "", repostOf: original.id },
      { id: reply.id, replyTo: reply.replyTo, repostOf: null },
    ]);
    expect(rest.map(({ id, text }) => [id, text])).toEqual(
      own.toReversed().map(({ id, text }) => [id, text]),
    );
  });

  it("an account's active reactions are read a page at a time, and those that ended are dropped", async () => {
    const posts = [1, 2, 3].map((ms) => newPost(bob, ms));
    for (const post of posts) await store.posts.publish(post, [], null);
    const like = (post: string, active: boolean) =>
      store.reactions.setReaction(
        { actor: ada, kind: "like", post, active, entry: null, nowMs: T0_MS },
        [jobOf(ada)],
      );
    for (const { id } of posts) await like(id, true);
    const read: string[] = [];
    let after: string | null = null;
    do {
      const page = await store.lifecycle.ownReactions(ada, after, 2);
      read.push(...page.items.map(({ post }) => post));
      after = page.next;
    } while (after !== null);
    expect(read.sort()).toEqual(posts.map(({ id }) => id).sort());
    const [first = "", second = ""] = read;
    await like(first, false);
    const keys = [first, second].map((post) => ({ kind: "like" as const, post }));
    await store.lifecycle.dropReactions(ada, keys);
    expect(await store.reactions.reaction(ada, "like", first)).toBeNull();
    expect((await store.reactions.reaction(ada, "like", second))?.active).toBe(true);
  });

  it("an account whose sessions are dropped has none, and others keep theirs", async () => {
    for (const account of [ada, bob]) {
      const session = { account, id: "a-session", family: "f", current: "c", device: "a test" };
      expect(await store.sessions.open({ ...session, nowMs: T0_MS, passwordHash: null })).toBe(
        "opened",
      );
    }
    await store.lifecycle.dropSessions(ada);
    expect(await store.sessions.ofAccount(ada)).toEqual([]);
    expect((await store.sessions.ofAccount(bob)).length).toBeGreaterThan(0);
  });

  it("rows of follows, followers and blocks that ended are dropped a few at a time, and active ones stay", async () => {
    const others = await accounts(store, 5);
    for (const other of others) {
      await follow(store, { follower: ada, followee: other, nowMs: T0_MS });
      await follow(store, { follower: other, followee: ada, nowMs: T0_MS });
    }
    const [kept = "", ...ended] = others;
    for (const other of ended) {
      await follow(store, { follower: ada, followee: other, following: false, nowMs: T0_MS + 1 });
      await follow(store, { follower: other, followee: ada, following: false, nowMs: T0_MS + 1 });
    }
    const block = { actor: ada, kind: "block", target: bob, nowMs: T0_MS } as const;
    await store.relations.setRelation({ ...block, active: true }, jobOf(ada));
    await store.relations.setRelation({ ...block, active: false }, jobOf(ada));
    let rounds = 0;
    while (await store.lifecycle.dropRows(ada, 2)) rounds++;
    expect(rounds).toBeGreaterThan(0);
    const pairs = others.map((followee) => ({ follower: ada, followee }));
    expect((await store.graph.edges(pairs)).map(({ followee }) => followee)).toEqual([kept]);
    expect((await store.graph.followers(ada, null, 9)).items).toEqual([kept]);
    expect((await store.relations.allRelations(ada, null)).items).toEqual([]);
  });

  it("the keys that an account's posts were imported under are dropped, and its id is free again", async () => {
    const id = idOf(ada);
    const reserve = (key: string) => store.imports.reservePosts([{ author: ada, key, id }]);
    expect(await reserve("first")).toHaveLength(1);
    expect(await reserve("second")).toEqual([]);
    while (await store.lifecycle.dropRows(ada, 2));
    expect(await reserve("second")).toEqual([{ key: "second", post: id, written: false }]);
  });
}
