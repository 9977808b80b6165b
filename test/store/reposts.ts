/** Conformance of a store: reposts at their originals' side. */
import { beforeEach, expect, it } from "vitest";
import type { NewPost, Reaction, Store } from "../../db/store.ts";
import { BEGINNING, idCeiling, type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, idOf, jobOf, newId, newPost, T0_MS } from "./fixtures.ts";

const NOW = idCeiling(T0_MS + 1_000_000);

export function repostConformance(makeStore: MakeStore): void {
  let store: Store;
  let post: NewPost;
  let fans: UserId[];
  beforeEach(async () => {
    store = await makeStore();
    const [author = "", ...others] = await accounts(store, 31);
    fans = others.sort();
    post = newPost(author);
    await store.posts.publish(post, [], null);
  });

  const repost = async (actor: UserId, active = true, nowMs = T0_MS, of = post.id) => {
    const entry = idOf(actor, T0_MS + 10);
    const before = await store.reactions.reaction(actor, "repost", of);
    const change = { actor, kind: "repost", post: of, active, nowMs } as const;
    const written = await store.reactions.setReaction(
      { ...change, entry: active ? entry : (before?.entry ?? entry) },
      [],
    );
    const { changed: _, tally: __, ...reaction } = written;
    return reaction;
  };
  const row = ({ actor, version, entry }: Reaction) => ({ id: entry, author: actor, version });
  const shownBy = async (actor: UserId) => {
    const queries = [{ author: actor, below: NOW }];
    const slices = await store.posts.byAuthors(queries, { downTo: BEGINNING, limit: 10 });
    return slices.get(actor)?.entries.map(({ id }) => id);
  };

  it("a post lists the active reposts that were applied, in order of account", async () => {
    const made: Reaction[] = [];
    for (const fan of fans) made.push(await repost(fan));
    await store.reactions.applyReactions(made.toReversed());
    const [fan = ""] = fans;
    const like = { actor: fan, kind: "like", post: post.id, active: true, entry: null } as const;
    await store.reactions.applyReactions([{ ...like, version: T0_MS }]);
    expect(await store.reactions.repostsOf(post.id, null, 100)).toEqual(made.map(row));
    const second = await store.reactions.repostsOf(post.id, fans[6] ?? "", 7);
    expect(second).toEqual(made.slice(7, 14).map(row));
    expect(await store.reactions.repostsOf(post.id, fans.at(-1) ?? "", 7)).toEqual([]);
    expect(await store.reactions.repostsOf(newId(), null, 7)).toEqual([]);
    await store.reactions.applyReactions([]);
  });

  it("an older version of a repost that is applied late changes nothing", async () => {
    const [fan = ""] = fans;
    const listed = () => store.reactions.repostsOf(post.id, null, 10);
    const first = await repost(fan);
    const undone = await repost(fan, false, T0_MS + 1);
    await store.reactions.applyReactions([undone]);
    await store.reactions.applyReactions([first]);
    expect(await listed()).toEqual([]);
    const second = await repost(fan, true, T0_MS + 2);
    await store.reactions.applyReactions([second]);
    await store.reactions.applyReactions([undone]);
    await store.reactions.applyReactions([second]);
    expect(await listed()).toEqual([row(second)]);
  });

  it("the reposts of a deleted post are erased page by page, with their jobs", async () => {
    for (const fan of fans) await store.reactions.applyReactions([await repost(fan)]);
    await store.posts.remove(post, []);
    const erased: UserId[] = [];
    const jobs: string[] = [];
    for (;;) {
      const some = await store.reactions.repostsOf(post.id, erased.at(-1) ?? null, 7);
      if (some.length === 0) break;
      const caused = some.map(({ author: of }) => ({ ...jobOf(of), author: of }));
      await store.reactions.eraseReposts(post.id, some, caused);
      // A repeat, as after a lost answer.
      await store.reactions.eraseReposts(post.id, some, []);
      erased.push(...some.map(({ author }) => author));
      jobs.push(...caused.map((job) => job.id));
    }
    expect(erased).toEqual(fans);
    expect(await allJobs(store)).toEqual(jobs.sort());
    for (const fan of fans) expect(await shownBy(fan)).toEqual([]);
    expect(await store.reactions.repostsOf(post.id, null, 100)).toEqual([]);
  });

  it("erasing a repost leaves the one that its account has made since", async () => {
    const [fan = ""] = fans;
    const first = await repost(fan);
    await repost(fan, false, T0_MS + 1);
    const second = await repost(fan, true, T0_MS + 2);
    await store.reactions.applyReactions([second]);
    const { version } = first;
    await store.reactions.eraseReposts(
      post.id,
      [{ id: first.entry ?? "", author: fan, version }],
      [],
    );
    expect(await store.reactions.repostsOf(post.id, null, 10)).toEqual([row(second)]);
    expect(await shownBy(fan)).toEqual([second.entry]);
  });
}
