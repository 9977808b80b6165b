/** Conformance of a store: recounts, one piece of one shard at a time. */
import { beforeEach, expect, it } from "vitest";
import type { NewPost, Recounted, Store } from "../../db/store.ts";
import { type PostId, type UserId } from "../../feed/ids.ts";
import type { ReplyTally, Tally } from "../../feed/counts/tally.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, idOf, newPost, T0_MS } from "./fixtures.ts";

export function recountConformance(makeStore: MakeStore): void {
  let store: Store;
  let author: UserId;
  let fans: UserId[];
  let posts: NewPost[];
  beforeEach(async () => {
    store = await makeStore();
    [author = "", ...fans] = await accounts(store, 26);
    posts = [];
    for (let n = 0; n < 30; n++) {
      // Hours apart, in pairs that share a millisecond.
      const post = newPost(n % 2 === 0 ? author : (fans[0] ?? ""), Math.floor(n / 2) * 3_600_000);
      await store.posts.publish(post, [], null);
      posts.push(post);
    }
  });

  const react = (actor: UserId, kind: "like" | "repost", post: PostId, active = true) =>
    store.reactions.setReaction(
      {
        actor,
        kind,
        post,
        active,
        entry: kind === "like" ? null : idOf(actor, T0_MS + 10),
        nowMs: T0_MS,
      },
      [],
    );

  /** All pieces of all shards. */
  async function walk<T>(
    piece: (shard: number, position: string | null) => Promise<Recounted<T>>,
  ): Promise<{ tallies: Recounted<T>["tallies"]; pieces: number }> {
    const tallies: Recounted<T>["tallies"] = [];
    let pieces = 0;
    for (let shard = 0; shard < store.shards; shard++) {
      let position: string | null = null;
      do {
        const some: Recounted<T> = await piece(shard, position);
        expect(some.corrections).toEqual([]);
        tallies.push(...some.tallies);
        pieces++;
        position = some.next;
      } while (position !== null);
    }
    return { tallies, pieces };
  }

  it("recountReactions returns the tally of every bucket of every post, whatever the pieces", async () => {
    const expected = new Map<string, Tally>();
    for (const [n, post] of posts.entries()) {
      for (const [m, fan] of fans.slice(0, n).entries()) {
        const { tally } = await react(fan, m % 3 === 0 ? "repost" : "like", post.id);
        if (tally !== null) expected.set(`${post.id} ${tally.bucket}`, tally);
      }
    }
    const undone = posts[20]?.id ?? "";
    const { tally } = await react(fans[1] ?? "", "like", undone, false);
    if (tally !== null) expected.set(`${undone} ${tally.bucket}`, tally);
    for (const limit of [1, 7, 40, 1_000]) {
      const { tallies } = await walk<Tally>((shard, position) =>
        store.recounts.recountReactions(shard, position, limit),
      );
      const found = new Map(tallies.map((one) => [`${one.post} ${one.bucket}`, one]));
      expect(found).toEqual(expected);
    }
  });

  it("recountReplies returns the count of replies of every post, without reposts and deleted posts", async () => {
    const [first, second] = posts;
    for (let n = 0; n < 3; n++) {
      await store.posts.setReplies([
        { reply: newPost(author).id, parent: first?.id ?? "", exists: true },
      ]);
    }
    await react(fans[3] ?? "", "repost", second?.id ?? "");
    const gone = newPost(author, 5);
    await store.posts.publish(gone, [], null);
    await store.posts.remove(gone, []);
    for (const limit of [1, 7, 30, 100]) {
      const { tallies } = await walk<ReplyTally>((shard, position) =>
        store.recounts.recountReplies(shard, position, limit),
      );
      expect(tallies.map(({ post }) => post).sort()).toEqual(posts.map(({ id }) => id).sort());
      const replies = new Map(tallies.map((one) => [one.post, one.replies]));
      expect([first, second].map((post) => replies.get(post?.id ?? ""))).toEqual([3, 0]);
    }
  });
}
