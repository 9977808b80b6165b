/** Conformance of a store: an id that belongs to something else is refused, and nothing is written. */
import { beforeEach, expect, it } from "vitest";
import { IdTaken, type NewPost, type Store } from "../../db/store.ts";
import { type UserId } from "../../feed/ids.ts";
import type { ModeJob } from "../../feed/delivery/jobs.ts";
import type { MakeStore } from "./make-store.ts";
import {
  accounts,
  allJobs,
  countsOf,
  newAccount,
  newId,
  newPost,
  T0_MS,
  jobOf,
} from "./fixtures.ts";

export function idConformance(makeStore: MakeStore): void {
  let store: Store;
  let ada: UserId;
  let bob: UserId;
  let taken: NewPost;
  beforeEach(async () => {
    store = await makeStore();
    [ada = "", bob = ""] = await accounts(store, 2);
    taken = newPost(ada);
    await store.posts.publish(taken, [], null);
  });

  /** A job of an account whose id another job has. */
  const takenJob = async (account: UserId) => {
    const job = jobOf(account);
    await store.outbox.put([{ ...job, range: [1, 2] }], T0_MS);
    return job;
  };

  it("publishing under the id of another post throws IdTaken and writes nothing", async () => {
    const others = [
      { ...newPost(ada, 5), id: taken.id },
      { ...taken, replyTo: { id: newId(), author: bob } },
    ];
    for (const post of others) {
      const job = jobOf(ada);
      await expect(store.posts.publish(post, [job], null)).rejects.toThrow(IdTaken);
      expect(await allJobs(store)).toEqual([]);
    }
    const [stored] = [...(await store.posts.byIds([taken.id])).values()];
    expect([stored?.text, stored?.replyTo]).toEqual([taken.text, null]);
    expect((await countsOf(store, ada))?.posts).toBe(1);
  });

  it("publishing and deleting with the id of another job throw IdTaken and write nothing", async () => {
    const job = await takenJob(ada);
    const post = newPost(ada, 7);
    await expect(store.posts.publish(post, [job], null)).rejects.toThrow(IdTaken);
    await expect(store.posts.remove({ id: taken.id, author: ada }, [job])).rejects.toThrow(IdTaken);
    expect(await store.posts.existing([post.id, taken.id])).toEqual(new Set([taken.id]));
    expect((await countsOf(store, ada))?.posts).toBe(1);
  });

  it("a repost under the id of another entry throws IdTaken and writes nothing", async () => {
    const own = newPost(bob);
    await store.posts.publish(own, [], null);
    const repost = { actor: bob, kind: "repost", post: taken.id, active: true } as const;
    const written = store.reactions.setReaction({ ...repost, entry: own.id, nowMs: T0_MS }, []);
    await expect(written).rejects.toThrow(IdTaken);
    expect(await store.reactions.reaction(bob, "repost", taken.id)).toBeNull();
    expect((await store.posts.byIds([own.id])).get(own.id)?.text).toBe(own.text);
  });

  it("a like, follow, mute or new epoch with the id of another job throws IdTaken and writes nothing", async () => {
    const job = await takenJob(bob);
    const like = { actor: bob, kind: "like", post: taken.id, active: true, entry: null } as const;
    await expect(store.reactions.setReaction({ ...like, nowMs: T0_MS }, [job])).rejects.toThrow(
      IdTaken,
    );
    expect(await store.reactions.reaction(bob, "like", taken.id)).toBeNull();
    const edge = { follower: bob, followee: ada };
    await expect(
      store.graph.setEdge({ ...edge, following: true, nowMs: T0_MS }, job),
    ).rejects.toThrow(IdTaken);
    expect(await store.graph.edges([edge])).toEqual([]);
    const mute = { actor: bob, kind: "mute", target: ada, active: true } as const;
    await expect(store.relations.setRelation({ ...mute, nowMs: T0_MS }, job)).rejects.toThrow(
      IdTaken,
    );
    expect(await store.relations.relations(bob, [ada])).toEqual([]);
    const mode: ModeJob = {
      ...{ v: 1, kind: "mode", id: job.id, part: 0, attempt: 0 },
      ...{ author: bob, epoch: 1, range: [0, 1023] },
    };
    await expect(store.modes.beginEpoch(bob, 0, [mode])).rejects.toThrow(IdTaken);
    expect((await store.accounts.byIds([bob])).get(bob)).toMatchObject({
      epoch: 0,
      migrating: false,
    });
  });

  it("an account under the id of another one throws IdTaken, and its handle stays free", async () => {
    const account = { ...newAccount(), id: ada };
    await expect(store.accounts.create(account)).rejects.toThrow(IdTaken);
    await expect(store.accounts.importAll([newAccount(), account])).rejects.toThrow(IdTaken);
    expect(await store.accounts.byHandles([account.handle])).toEqual(new Map());
  });
}
