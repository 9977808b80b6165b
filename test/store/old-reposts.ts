/** Conformance of a store that has reposts from before they were listed at their originals: the walk through them. */
import { beforeEach, expect, it } from "vitest";
import type { NewPost, OldRepostStore, Reaction, Store } from "../../db/store.ts";
import type { UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, idOf, newPost, T0_MS } from "./fixtures.ts";

export function oldRepostConformance(makeStore: MakeStore): void {
  let store: Store;
  let oldReposts: OldRepostStore;
  let post: NewPost;
  let fans: UserId[];
  beforeEach(async () => {
    store = await makeStore();
    if (store.oldReposts === null) throw new Error("this store has no walk through old reposts");
    oldReposts = store.oldReposts;
    const [author = "", ...others] = await accounts(store, 31);
    fans = others;
    post = newPost(author);
    await store.posts.publish(post, [], null);
  });

  const repost = async (actor: UserId, active = true, nowMs = T0_MS, of = post.id) => {
    const before = await store.reactions.reaction(actor, "repost", of);
    const entry = active ? idOf(actor, T0_MS + 10) : (before?.entry ?? null);
    const change = { actor, kind: "repost", post: of, active, nowMs, entry } as const;
    const { changed: _, tally: __, ...reaction } = await store.reactions.setReaction(change, []);
    return reaction;
  };

  it("the walk of every shard together finds each repost that its account has now", async () => {
    const made: Reaction[] = [];
    for (const fan of fans) made.push(await repost(fan));
    const other = newPost(fans[0] ?? "", 3);
    await store.posts.publish(other, [], null);
    made.push(await repost(fans[1] ?? "", true, T0_MS, other.id));
    await repost(fans[2] ?? "", true, T0_MS, other.id);
    await repost(fans[2] ?? "", false, T0_MS + 1, other.id);
    for (const limit of [1, 7, 100]) {
      const found: Reaction[] = [];
      for (let shard = 0; shard < store.shards; shard++) {
        let position: string | null = null;
        do {
          const piece = await oldReposts.repostsFrom(shard, position, limit);
          found.push(...piece.reposts);
          position = piece.next;
        } while (position !== null);
      }
      const unique = new Set(found.map(textOf));
      const expected = made.map(textOf);
      expect(unique).toEqual(new Set(expected));
    }
  });

  it("each shard remembers how far its walk has come", async () => {
    const last = store.shards - 1;
    expect(await oldReposts.walk(last)).toBeNull();
    const walk = { passes: 0, position: "somewhere", dueMs: 17 };
    await oldReposts.setWalk(last, walk);
    expect(await oldReposts.walk(last)).toEqual(walk);
    const ended = { passes: 2, position: null, dueMs: 18 };
    await oldReposts.setWalk(last, ended);
    expect(await oldReposts.walk(last)).toEqual(ended);
    const others = await Promise.all(
      Array.from({ length: last }, (_, shard) => oldReposts.walk(shard)),
    );
    expect(others).toEqual(others.map(() => null));
  });
}

function textOf({ actor, kind, post, active, version, entry }: Reaction): string {
  return [actor, kind, post, active, version, entry].join(" ");
}
