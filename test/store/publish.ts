/** Conformance of a store: publishing and deleting posts. */
import { beforeEach, expect, it } from "vitest";
import type { IdempotencyKey, Store } from "../../db/store.ts";
import { idFloor, type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, countsOf, newPost, pair, T0_MS, jobOf } from "./fixtures.ts";

const KEY: IdempotencyKey = { key: "a key", digest: "d1", expireBelow: idFloor(T0_MS - 1000) };

export function publishConformance(makeStore: MakeStore): void {
  let store: Store;
  let author: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [author = ""] = await accounts(store, 1);
  });

  const postsOf = async (user = author) => (await countsOf(store, user))?.posts;

  it("publishing writes the post, its jobs and the author's count", async () => {
    const post = newPost(author);
    const jobs = [jobOf(author), jobOf(author)];
    expect(await store.posts.publish(post, jobs, null)).toEqual({ status: "published" });
    expect(await store.posts.existing([post.id])).toEqual(new Set([post.id]));
    expect(await allJobs(store)).toEqual(jobs.map((job) => job.id).sort());
    expect(await postsOf()).toBe(1);
  });

  it("publishing the same post again, as after a lost answer, writes it once", async () => {
    const post = newPost(author);
    const jobs = [jobOf(author)];
    for (const key of [null, KEY]) {
      const again = { ...post, id: newPost(author).id };
      await store.posts.publish(again, jobs, key);
      const counted = await postsOf();
      expect(await store.posts.publish(again, jobs, key)).toEqual({ status: "published" });
      expect(await postsOf()).toBe(counted);
      await store.outbox.done(jobs.map(({ id, part }) => ({ id, part })));
    }
  });

  it("a repeated request with its idempotency key returns the first post and writes nothing", async () => {
    const post = newPost(author);
    expect(await store.posts.replay(author, KEY)).toBeNull();
    await store.posts.publish(post, [], KEY);
    const replayed = { status: "replayed", post: post.id };
    expect(await store.posts.replay(author, KEY)).toEqual(replayed);
    const second = newPost(author, 1);
    const job = jobOf(author);
    expect(await store.posts.publish(second, [job], KEY)).toEqual(replayed);
    expect(await store.posts.existing([post.id, second.id])).toEqual(new Set([post.id]));
    expect([await postsOf(), await allJobs(store)]).toEqual([1, []]);
  });

  it("another request with a used idempotency key is a conflict and writes nothing", async () => {
    await store.posts.publish(newPost(author), [], KEY);
    const other = { ...KEY, digest: "d2" };
    expect(await store.posts.replay(author, other)).toEqual({ status: "conflict" });
    const answer = await store.posts.publish(newPost(author), [jobOf(author)], other);
    expect(answer).toEqual({ status: "conflict" });
    expect([await postsOf(), await allJobs(store)]).toEqual([1, []]);
  });

  it("two authors can use the same idempotency key", async () => {
    const { follower: other } = await pair(store);
    await store.posts.publish(newPost(author), [], KEY);
    expect(await store.posts.replay(other, KEY)).toBeNull();
    const answer = await store.posts.publish(newPost(other), [], { ...KEY, digest: "d2" });
    expect(answer).toEqual({ status: "published" });
  });

  it("of concurrent requests with one idempotency key, exactly one publishes", async () => {
    const rivals = Array.from({ length: 6 }, (_, n) => newPost(author, n));
    const answers = await Promise.all(rivals.map((post) => store.posts.publish(post, [], KEY)));
    const winner = rivals[answers.findIndex((answer) => answer.status === "published")];
    expect(answers.filter((answer) => answer.status === "published")).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === "published") continue;
      expect(answer).toEqual({ status: "replayed", post: winner?.id });
    }
    expect(await postsOf()).toBe(1);
  });

  it("an idempotency key whose post is older than expireBelow can be used again", async () => {
    const first = newPost(author);
    await store.posts.publish(first, [], KEY);
    // This includes a post at the boundary itself: an expired key must not block a new post.
    for (const [n, expireBelow] of [first.id, idFloor(T0_MS + 5)].entries()) {
      const late = { ...KEY, digest: `of round ${n}`, expireBelow };
      expect(await store.posts.replay(author, late)).toBeNull();
      const post = newPost(author, 3 + n * 10);
      expect(await store.posts.publish(post, [], late)).toEqual({ status: "published" });
      expect(await store.posts.existing([post.id])).toEqual(new Set([post.id]));
      expect(await store.posts.replay(author, late)).toEqual(
        post.id > expireBelow ? { status: "replayed", post: post.id } : null,
      );
    }
  });

  it("deleting a post writes its jobs, and a second delete writes nothing", async () => {
    const [post, kept] = [newPost(author), newPost(author, 1)];
    await store.posts.publish(post, [], null);
    await store.posts.publish(kept, [], null);
    const job = jobOf(author);
    expect(await store.posts.remove(post, [job])).toBe(true);
    expect(await store.posts.remove(post, [jobOf(author)])).toBe(false);
    expect(await store.posts.existing([post.id, kept.id])).toEqual(new Set([kept.id]));
    expect(await allJobs(store)).toEqual([job.id]);
    expect(await postsOf()).toBe(1);
  });

  it("an account can't delete another account's post", async () => {
    const { follower: other } = await pair(store);
    const post = newPost(author);
    await store.posts.publish(post, [], null);
    const job = jobOf(author);
    expect(await store.posts.remove({ id: post.id, author: other }, [job])).toBe(false);
    expect(await store.posts.existing([post.id])).toEqual(new Set([post.id]));
    expect(await allJobs(store)).toEqual([]);
  });
}
