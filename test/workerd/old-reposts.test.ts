/** Reposts from before originals listed them: a walk through each shard lists them. */
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Id, idBucket, type UserId } from "../../feed/ids.ts";
import { OLD_REPOSTS_AGAIN_MS, OLD_REPOSTS_PAGE } from "../../feed/limits.ts";
import { linkOldReposts } from "../../workers/jobs/old-reposts.ts";
import { costsOf, installMeters } from "./meters.ts";
import { crowd, repostsLeft, SHARDS } from "./reposters.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

beforeAll(installMeters);
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

/** Writes reposts as Skein did before they were known at the post's side. */
async function writeOldReposts(world: World, post: Id, actors: readonly UserId[]): Promise<void> {
  for (const [n, shard] of SHARDS.entries()) {
    const rows = actors
      .filter((actor) => idBucket(actor) % SHARDS.length === n)
      .map((actor) => [world.deps.newId(actor), actor, post]);
    const list = JSON.stringify(rows);
    const from = "FROM json_each(?)";
    await shard.batch([
      shard
        .prepare(
          `INSERT INTO posts (id, author, text, repost_of)
           SELECT value ->> 0, value ->> 1, '', value ->> 2 ${from}`,
        )
        .bind(list),
      shard
        .prepare(
          `INSERT INTO reactions (actor, kind, post, version, active, entry)
           SELECT value ->> 1, 'repost', value ->> 2, 1, 1, value ->> 0 ${from}`,
        )
        .bind(list),
    ]);
  }
}

/** Runs the walk of every shard until it has ended. @returns how many runs that took at most */
async function walkAll(world: World): Promise<number> {
  const { oldReposts } = world.deps.store;
  if (oldReposts === null) throw new Error("this store has no old reposts");
  let most = 0;
  for (const shard of SHARDS.keys()) {
    let runs = 0;
    let nowMs = Date.now();
    while (((await oldReposts.walk(shard))?.passes ?? 0) < 2) {
      await linkOldReposts({ ...world.deps, nowMs: () => nowMs }, oldReposts, shard);
      runs++;
      nowMs += OLD_REPOSTS_AGAIN_MS / 10;
    }
    most = Math.max(most, runs);
  }
  return most;
}

describe("reposts of an earlier version of Skein", () => {
  beforeEach(async () => {
    for (const shard of SHARDS) await shard.exec("DELETE FROM walks");
  });

  it("are erased with their original, once the walk of each shard has linked them", async () => {
    const world = new World();
    const author = await world.account();
    const post = await world.post(author, "of old");
    await world.drain();
    await writeOldReposts(world, post, await crowd(world, 3 * OLD_REPOSTS_PAGE));
    expect(await walkAll(world)).toBeGreaterThan(10);
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    expect(await repostsLeft(post)).toBe(0);
  });

  it("are erased by the walk if their original is gone", async () => {
    const world = new World();
    const author = await world.account();
    const post = await world.post(author, "of old");
    await writeOldReposts(world, post, await crowd(world, 20));
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    expect(await repostsLeft(post)).toBe(20);
    await walkAll(world);
    await world.drain();
    expect(await repostsLeft(post)).toBe(0);
  });

  it("are found by the second pass if that version wrote them during the first", async () => {
    const world = new World();
    const author = await world.account();
    const post = await world.post(author, "of old");
    await world.drain();
    await world.sweep();
    await writeOldReposts(world, post, await crowd(world, 5));
    await walkAll(world);
    expect(await world.deps.store.reactions.repostsOf(post, null, 10)).toHaveLength(5);
  });

  it("cost a shard a statement a minute when all are linked", async () => {
    const world = new World();
    await walkAll(world);
    const { oldReposts } = world.deps.store;
    const costs = await costsOf(world, async () => {
      if (oldReposts !== null) await linkOldReposts(world.deps, oldReposts, 0);
    });
    expect(costs).toMatchObject({ d1Queries: 1, d1RowsWritten: 0 });
  });
});
