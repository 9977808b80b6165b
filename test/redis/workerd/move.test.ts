/** Moving a Skein from D1 to Redis and back: rows, timelines and counts stay the same. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { BUCKETS } from "../../../feed/limits.ts";
import { idBucket } from "../../../feed/ids.ts";
import type { NewPost } from "../../../db/store.ts";
import type { Job } from "../../../feed/delivery/jobs.ts";
import { jobOf, newPost } from "../../store/fixtures.ts";
import { countLetters, waitingJobs } from "../../all-shards.ts";
import { Chance } from "../../model/chance.ts";
import { Run } from "../../model/run.ts";
import { seedOr, withSeed } from "../../model/seed.ts";
import { FilledWorld } from "../../workerd/filled-world.ts";
import { allRows, TestMover } from "../../workerd/moving.ts";
import { checkCounts } from "../../workerd/recount.ts";
import { TroubledWorld } from "../../workerd/small-window/troubled-world.ts";
import { World } from "../../workerd/world.ts";
import { emptyRedis } from "./databases.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });
vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(console, "error").mockImplementation(() => undefined);

const SEED = seedOr(20_261_127);
const D1 = ["d1:DB_0", "d1:DB_1"];
const REDIS = ["upstash:0", "upstash:1"];
const HALF = BUCKETS / 2;
const ON_D1 = { STORE: "d1" } as const;
const ON_REDIS = { STORE: "upstash" } as const;

const onD1 = new World(ON_D1);
const filled = new FilledWorld(onD1);

/** The job that fans a post out, whose JSON Redis stores in two pieces. */
function fanoutOf(post: NewPost): Job {
  const { id, author, text, replyTo } = post;
  const card = { id: author, handle: "ada", name: "Ada", avatarUrl: null };
  const body = { id, author: card, text, replyTo, counts: { likes: 0, reposts: 0, replies: 0 } };
  const entry = { id, by: null, post: body };
  return {
    v: 1,
    kind: "fanout",
    id: jobOf(author).id,
    part: 0,
    attempt: 0,
    change: { kind: "entry", entry },
    author,
    range: [0, 1023],
  };
}

beforeAll(async () => {
  await emptyRedis();
  await filled.fill(600);
});

describe("moving buckets between D1 and Redis", () => {
  it("to Redis, every row of every table is the same, and people see the same", async () => {
    const views = await filled.viewsIn(onD1);
    const before = await allRows(onD1);
    for (const [table, rows] of before) expect(rows.size, table).toBeGreaterThan(0);
    await new TestMover(onD1, REDIS).all();
    const onRedis = new World(ON_REDIS);
    expect(await allRows(onRedis)).toEqual(before);
    expect(await filled.viewsIn(onRedis)).toEqual(views);
    // The isolate that began on D1 finds them, too.
    expect(await filled.viewsIn(onD1)).toEqual(views);
    expect((await checkCounts(onRedis)).corrected).toEqual([]);
  });

  it("on Redis, Skein keeps working with what came from D1", async () => {
    const onRedis = new World(ON_REDIS);
    const { pulled, migrating } = filled;
    expect(await filled.accountIn(onRedis, pulled())).toMatchObject({ epoch: 1, migrating: false });
    expect(await filled.accountIn(onRedis, migrating())).toMatchObject({
      epoch: 1,
      migrating: true,
    });
    const [author, reader] = [filled.person(5), filled.person(6)];
    await onRedis.follow(reader, author);
    const post = await onRedis.post(author, "written to Redis");
    await onRedis.sweep(60 * 60 * 1000);
    await onRedis.drain();
    expect((await onRedis.scroll(reader))[0]).toBe(post);
    // The followers have acknowledged; the author has so few of them that posts are pushed again.
    expect(await filled.accountIn(onRedis, migrating())).toMatchObject({
      epoch: 2,
      migrating: false,
    });
    const { status } = await onRedis.call("POST", "/v1/sessions", {
      body: { handle: "with_password", password: "long enough" },
    });
    expect(status).toBe(201);
  });

  it("a post whose answer was lost at D1 is published once, though its bucket is in Redis by then", async () => {
    const world = new World(ON_D1);
    const { router, store } = world.deps;
    const author = filled.person(9).user.id;
    const bucket = idBucket(author);
    await new TestMover(world, D1, [bucket, bucket]).all();
    const post = newPost(author);
    const jobs = [fanoutOf(post)];
    await store.posts.publish(post, jobs, null);
    await new TestMover(world, REDIS, [bucket, bucket]).all();
    expect(await store.posts.publish(post, jobs, null)).toEqual({ status: "published" });
    expect(router.places.length).toBe(4);
    await store.outbox.done(jobs);
    await store.posts.remove(post, []);
  });

  it("half of them back to D1, people see the same of both halves", async () => {
    const world = new World(ON_REDIS);
    const views = await filled.viewsIn(world);
    const before = await allRows(world);
    await new TestMover(world, D1, [0, HALF]).all();
    expect(await allRows(world)).toEqual(before);
    expect(await filled.viewsIn(world)).toEqual(views);
    expect((await checkCounts(world)).corrected).toEqual([]);
  });

  it("all of them back to D1, every row is the same, and Redis has none", async () => {
    const world = new World(ON_REDIS);
    const views = await filled.viewsIn(world);
    const before = await allRows(world);
    await new TestMover(world, D1).all();
    expect(await allRows(world)).toEqual(before);
    const { UPSTASH_REDIS_REST_URL: _, ...bindings } = world.env;
    const alone = new World({ ...bindings, ...ON_D1, UPSTASH_REDIS_REST_URL: "" });
    expect(await filled.viewsIn(alone)).toEqual(views);
  });
});

describe("a random run", () => {
  it("loses nothing while half of its store moves to Redis, and half of that back", () =>
    withSeed(SEED, async () => {
      const chance = new Chance(SEED);
      const troubled = new TroubledWorld(chance.fork(), "8", ON_D1);
      const { world } = troubled;
      const run = new Run(troubled.skein, chance, troubled.troubles(), { accounts: 60 });
      await run.begin(30, 5);
      await run.go(60);
      for (const [to, buckets] of [
        [REDIS, [0, HALF]],
        [D1, [0, HALF / 2]],
      ] as const) {
        const mover = new TestMover(new World(ON_REDIS), to, buckets);
        await mover.allWhile(() => run.go(10));
      }
      await troubled.quiesce();
      run.settle();
      expect(await run.compare()).toEqual([]);
      expect(await run.compareCounts()).toEqual([]);
      expect(await waitingJobs(world.deps.store)).toBe(0);
      expect(await countLetters(world.deps.store)).toBe(2);
      expect((await checkCounts(world)).corrected).toEqual([]);
      await allRows(world);
    }));
});
