/** Recounts: whatever count disagrees with its rows is corrected, wherever it is, and nothing else. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { NO_COUNTS } from "../../feed/timeline/entry.ts";
import { idBucket } from "../../feed/ids.ts";
import { RECOUNT_PAGE } from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { checkCounts } from "./recount.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

const shards = [bindings.DB_0, bindings.DB_1];

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

/** Runs a statement in the shard of an account's or a post's rows. */
async function inShardOf(id: string, query: string, ...values: unknown[]): Promise<void> {
  await shards[idBucket(id) % shards.length]
    ?.prepare(query)
    .bind(...values)
    .run();
}

/** A post that three accounts like and one answers, all of it counted. */
async function scene() {
  const world = new World();
  const [author, ...fans] = await Promise.all([1, 2, 3, 4].map(() => world.account()));
  const [fan] = fans;
  if (author === undefined || fan === undefined) throw new Error("four were made");
  const post = await world.post(author, "hello");
  for (const { token } of fans) await world.call("PUT", `/v1/posts/${post}/like`, { token });
  await world.post(fan, "an answer", post);
  await world.drain();
  const counter = world.env.POST_COUNTER.getByName(post);
  const counts = { likes: 3, reposts: 0, replies: 1 };
  expect(await counter.read()).toEqual(counts);
  return { world, author, fans, fan, post, counter, counts };
}

const corrected = async (world: World): Promise<unknown[]> => (await checkCounts(world)).corrected;

/** The tally of an account's bucket, which the two other accounts do not share. */
async function tallyOf(world: World, post: string, { user }: Session) {
  const keys = [{ post, bucket: idBucket(user.id) }];
  const [tally] = await world.deps.store.recounts.talliesOf(keys);
  if (tally === undefined) throw new Error("the account likes the post");
  return tally;
}

describe("a recount", () => {
  it("corrects a tally and a count of replies that disagree with their rows, and the counter", async () => {
    const { world, fan, post, counter, counts } = await scene();
    await inShardOf(
      fan.user.id,
      "UPDATE tallies SET likes = 9, version = version + 1 WHERE post = ? AND bucket = ?",
      post,
      idBucket(fan.user.id),
    );
    await inShardOf(post, "UPDATE posts SET replies = 5 WHERE id = ?", post);
    const { version } = await tallyOf(world, post, fan);
    await counter.applyTallies({
      buckets: [{ bucket: idBucket(fan.user.id), likes: 9, reposts: 0, version }],
      replies: null,
    });
    const found = await corrected(world);
    expect(found).toHaveLength(3);
    expect(new Set(found)).toEqual(
      new Set([
        {
          post,
          what: "tally",
          was: { ...NO_COUNTS, likes: 9 },
          is: { ...NO_COUNTS, likes: 1 },
        },
        { post, what: "counter", was: { ...counts, likes: 11 }, is: counts },
        {
          post,
          what: "replies",
          was: { ...NO_COUNTS, replies: 5 },
          is: { ...NO_COUNTS, replies: 1 },
        },
      ]),
    );
    expect(await counter.read()).toEqual(counts);
    expect(await tallyOf(world, post, fan)).toMatchObject({ likes: 1, version: version + 1 });
    expect(await corrected(world)).toEqual([]);
  });

  it("finds reactions whose tally is missing, and the counter keeps their number", async () => {
    const { world, fans, post, counter, counts } = await scene();
    for (const { user } of fans) {
      await inShardOf(user.id, "DELETE FROM tallies WHERE post = ?", post);
    }
    const found = await corrected(world);
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({
      post,
      what: "tally",
      was: NO_COUNTS,
      is: { ...NO_COUNTS, likes: 1 },
    });
    expect(await counter.read()).toEqual(counts);
    expect(await corrected(world)).toEqual([]);
  });

  it("leaves a tally without reactions at zero", async () => {
    const { world, fan, counter } = await scene();
    await inShardOf(fan.user.id, "DELETE FROM reactions WHERE actor = ?", fan.user.id);
    const found = await corrected(world);
    expect(found).toMatchObject([{ what: "tally" }, { what: "counter" }]);
    expect((await counter.read()).likes).toBe(2);
    expect(await corrected(world)).toEqual([]);
  });

  it("fills a counter that has lost everything", async () => {
    const { world, counter, counts } = await scene();
    await runInDurableObject(counter, (_, { storage }) => {
      storage.sql.exec("DELETE FROM counter");
    });
    await evictDurableObject(counter);
    expect(await counter.read()).toEqual(NO_COUNTS);
    await checkCounts(world);
    expect(await counter.read()).toEqual(counts);
  });

  it("takes the store's value where a counter stays ahead of it, as after a restored backup", async () => {
    const { world, fan, post, counter, counts } = await scene();
    const { bucket, version } = await tallyOf(world, post, fan);
    const ahead = { bucket, likes: 40, reposts: 0, version: version + 10 };
    await counter.applyTallies({ buckets: [ahead], replies: { replies: 8, version: 90 } });
    const found = await corrected(world);
    expect(found).toHaveLength(2);
    expect(await counter.read()).toEqual(counts);
    expect(await corrected(world)).toEqual([]);
    // The counter counts on from the store's version.
    await world.call("DELETE", `/v1/posts/${post}/like`, { token: fan.token });
    await world.drain();
    expect(await counter.read()).toEqual({ ...counts, likes: 2 });
  });

  it("leaves a counter alone that is ahead because of a reaction of this moment", async () => {
    const { world, fan, post, counter, counts } = await scene();
    const { recounts } = world.deps.store;
    const recountReactions = recounts.recountReactions.bind(recounts);
    vi.spyOn(recounts, "recountReactions").mockImplementation(async (...args) => {
      const piece = await recountReactions(...args);
      if (piece.tallies.some((tally) => tally.post === post)) {
        await world.call("DELETE", `/v1/posts/${post}/like`, { token: fan.token });
        await world.drain();
      }
      return piece;
    });
    expect(await corrected(world)).toEqual([]);
    expect(await counter.read()).toEqual({ ...counts, likes: 2 });
    vi.restoreAllMocks();
  });

  it("walks every shard in pieces, and checks each post once", async () => {
    const { world, author } = await scene();
    const ids = Array.from({ length: RECOUNT_PAGE * 2 }, () => world.deps.newId(author.user.id));
    await inShardOf(
      author.user.id,
      `INSERT INTO posts (id, author, text)
       SELECT value, ?, 'one of many' FROM json_each(?)`,
      author.user.id,
      JSON.stringify(ids),
    );
    const { checked, calls, corrected: found } = await checkCounts(world);
    const rows = shards.map((shard) =>
      shard.prepare("SELECT count(*) AS n FROM posts WHERE repost_of IS NULL").first<number>("n"),
    );
    const posts = (await Promise.all(rows)).reduce<number>((sum, n) => sum + (n ?? 0), 0);
    expect([checked, found]).toEqual([posts, []]);
    expect(calls).toBeGreaterThanOrEqual(2 * shards.length + 2);
  });

  it("refuses cursors of other lists, of shards that do not exist, and of no phase", async () => {
    const world = new World();
    for (const cursor of ["9.reactions.", "0.likes.", "0.replies.a%20b", "1.reactions"]) {
      const path = `/v1/admin/counts/check?cursor=${cursor}`;
      const answer = await world.call("POST", path, { token: world.env.ADMIN_TOKEN });
      expect(answer.status).toBe(400);
    }
  });
});
