/** Conformance of a store: reading posts, and listing replies. */
import { beforeEach, expect, it } from "vitest";
import type { NewPost, Store } from "../../db/store.ts";
import { BEGINNING, type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, newAccount, newId, newPost, T0_MS } from "./fixtures.ts";

const NOW = idCeiling(T0_MS + 1_000_000);

export function postConformance(makeStore: MakeStore): void {
  let store: Store;
  beforeEach(async () => {
    store = await makeStore();
  });

  /** Posts of an author, one a millisecond, newest first. */
  async function publish(author: UserId, count: number): Promise<NewPost[]> {
    const some = Array.from({ length: count }, (_, n) => newPost(author, n));
    for (const post of some) await store.posts.publish(post, [], null);
    return some.reverse();
  }

  it("posts are read with their authors' cards and their counts", async () => {
    const ada = newAccount("ada");
    await store.accounts.create(ada);
    const [parent] = await publish(ada.id, 1);
    if (parent === undefined) throw new Error("publish returned no post");
    const replyTo = { id: parent.id, author: ada.id };
    const reply = { ...newPost(ada.id, 5, replyTo), text: "👨‍👩‍👧‍👦 'quoted' \\ \u0000 %" };
    await store.posts.publish(reply, [], null);
    const found = await store.posts.byIds([reply.id, parent.id, reply.id, newId()]);
    expect(found.size).toBe(2);
    expect(found.get(reply.id)).toEqual({
      id: reply.id,
      author: { id: ada.id, handle: "ada", name: ada.name, avatarUrl: null },
      text: reply.text,
      replyTo,
      counts: { likes: 0, reposts: 0, replies: 0 },
      followers: 0,
    });
    expect(found.get(parent.id)?.replyTo).toBeNull();
    expect(await store.posts.byIds([])).toEqual(new Map());
  });

  it("existing returns exactly the posts that exist, out of hundreds of ids", async () => {
    const [a = "", b = ""] = await accounts(store, 2);
    const ids = [...(await publish(a, 80)), ...(await publish(b, 80))].map((post) => post.id);
    const others = ids.map((_, n) => newId(n));
    expect(await store.posts.existing([...ids, ...others, ...ids])).toEqual(new Set(ids));
    expect(await store.posts.existing([])).toEqual(new Set());
  });

  it("authors are read newest first, each from its own position", async () => {
    const [a = "", b = "", silent = ""] = await accounts(store, 3);
    const [ofA, ofB] = [await publish(a, 9), await publish(b, 9)];
    const queries = [
      { author: a, below: NOW },
      { author: b, below: ofB[3]?.id ?? "" },
      { author: silent, below: NOW },
    ];
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 4 });
    const idsOf = (author: UserId): Id[] =>
      slices.get(author)?.entries.map((entry) => entry.id) ?? [];
    expect(idsOf(a)).toEqual(ofA.slice(0, 4).map((post) => post.id));
    expect(idsOf(b)).toEqual(ofB.slice(4, 8).map((post) => post.id));
    expect(slices.get(silent)).toEqual({ entries: [], horizon: BEGINNING });
    expect(slices.get(a)?.entries[0]).toMatchObject({ by: null, post: { author: { id: a } } });
  });

  it("a slice's horizon is its last entry if the limit cut it, and downTo otherwise", async () => {
    const [author = ""] = await accounts(store, 1);
    const posts = (await publish(author, 6)).map((post) => post.id);
    const read = async (downTo: Id, limit: number) => {
      const queries = [{ author, below: NOW }];
      const slice = (await store.posts.byAuthors(queries, { downTo, limit })).get(author);
      return [slice?.entries.map((entry) => entry.id), slice?.horizon];
    };
    expect(await read(BEGINNING, 3)).toEqual([posts.slice(0, 3), posts[2]]);
    expect(await read(BEGINNING, 7)).toEqual([posts, BEGINNING]);
    expect(await read(posts[3] ?? "", 7)).toEqual([posts.slice(0, 4), posts[3]]);
    expect(await read(posts[3] ?? "", 2)).toEqual([posts.slice(0, 2), posts[1]]);
    expect(await read(NOW, 2)).toEqual([[], NOW]);
  });

  it("consecutive slices of an author join without a gap or a repeat", async () => {
    const [author = ""] = await accounts(store, 1);
    const posts = (await publish(author, 23)).map((post) => post.id);
    for (const limit of [1, 5, 22, 23, 24]) {
      const found: Id[] = [];
      let below = NOW;
      while (below !== BEGINNING) {
        const slices = await store.posts.byAuthors([{ author, below }], {
          downTo: BEGINNING,
          limit,
        });
        found.push(...(slices.get(author)?.entries.map((entry) => entry.id) ?? []));
        below = slices.get(author)?.horizon ?? BEGINNING;
      }
      expect(found).toEqual(posts);
    }
  });

  it("one call reads hundreds of authors", async () => {
    const authors = await accounts(store, 600);
    const first = authors.filter((_, n) => n % 50 === 0);
    for (const author of first) await publish(author, 2);
    const queries = authors.map((author) => ({ author, below: NOW }));
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 5 });
    const found = [...slices].filter(([, slice]) => slice.entries.length > 0);
    expect(found.map(([author]) => author).sort()).toEqual([...first].sort());
    expect(await store.posts.byAuthors([], { downTo: BEGINNING, limit: 5 })).toEqual(new Map());
  });

  it("a reply is listed once and counted once, even if its job repeats", async () => {
    const [ada = "", bob = ""] = await accounts(store, 2);
    const [parent] = await publish(ada, 1);
    const [reply, other] = await publish(bob, 2);
    if (parent === undefined || reply === undefined || other === undefined)
      throw new Error("publish returned no post");
    const setReply = async (id: string, exists: boolean): Promise<number | undefined> => {
      await store.posts.setReplies([{ reply: id, parent: parent.id, exists }]);
      const tally = (await store.reactions.replyTallies([parent.id])).get(parent.id);
      expect((await store.posts.byIds([parent.id])).get(parent.id)?.counts.replies).toBe(
        tally?.replies,
      );
      return tally?.replies;
    };
    // The removal arrives before the reply: the last call decides.
    expect(await setReply(reply.id, false)).toBe(0);
    for (let n = 0; n < 2; n++) expect(await setReply(reply.id, true)).toBe(1);
    expect(await setReply(other.id, true)).toBe(2);
    for (let n = 0; n < 2; n++) expect(await setReply(reply.id, false)).toBe(1);
    expect(await store.posts.replies(parent.id, null, 10)).toEqual({
      items: [other.id],
      next: null,
    });
  });

  it("replies to a deleted parent are not counted", async () => {
    const [ada = ""] = await accounts(store, 1);
    const gone = newPost(ada).id;
    await store.posts.setReplies([{ reply: newPost(ada).id, parent: gone, exists: true }]);
    await store.posts.setReplies([{ reply: newPost(ada).id, parent: gone, exists: false }]);
    expect(await store.reactions.replyTallies([gone])).toEqual(new Map());
  });

  it("replies are listed newest first, on pages of any size", async () => {
    const [ada = "", bob = ""] = await accounts(store, 2);
    const [parent] = await publish(ada, 1);
    if (parent === undefined) throw new Error("publish returned no post");
    const replies = (await publish(bob, 11)).map((post) => post.id);
    for (const reply of replies)
      await store.posts.setReplies([{ reply, parent: parent.id, exists: true }]);
    for (const limit of [1, 5, 10, 11, 12]) {
      const found: Id[] = [];
      let below: Id | null = null;
      do {
        const page = await store.posts.replies(parent.id, below, limit);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items);
        below = page.next;
      } while (below !== null);
      expect(found).toEqual(replies);
    }
    expect(await store.posts.replies(newPost(ada).id, null, 5)).toEqual({ items: [], next: null });
  });
}
