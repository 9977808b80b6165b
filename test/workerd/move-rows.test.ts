/** What a move must not change: the rows, and what people see of them. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { Mover } from "../../db/places/mover.ts";
import { RunEnded } from "../../db/places/place.ts";
import { idBucket, makeId } from "../../feed/ids.ts";
import { MOVE_FENCE_MS } from "../../feed/limits.ts";
import { forgetBuckets } from "./databases.ts";
import { watchedDatabase } from "./doubles.ts";
import { FilledWorld } from "./filled-world.ts";
import { allRows, migrateMore, MORE_DATABASES, TestMover } from "./moving.ts";
import { checkCounts } from "./recount.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
vi.spyOn(console, "warn").mockImplementation(() => undefined);

/** Statements that an invocation may make in D1. */
const STATEMENTS_MAX = 1_000;
const TWO = ["d1:DB_0", "d1:DB_1"];
const FIVE = [...TWO, "d1:DB_2", "d1:DB_3", "d1:DB_4"];
const old = new World();
const filled = new FilledWorld(old);
const { person } = { person: (n: number) => filled.person(n) };

beforeAll(async () => {
  await migrateMore();
  await filled.fill(240);
});

describe("moving buckets", () => {
  it("rows from before the placement table are read, also after databases were added", async () => {
    const before = await filled.viewsIn(old);
    await Promise.all([env.DB_0, env.DB_1].map(forgetBuckets));
    const first = new World(MORE_DATABASES);
    expect(await filled.viewsIn(first)).toEqual(before);
    const { places } = (
      await first.call<{ places: { name: string; buckets: number }[] }>(
        "GET",
        "/v1/admin/store/places",
        { token: first.env.ADMIN_TOKEN },
      )
    ).body;
    expect(places.map(({ buckets }) => buckets)).toEqual([512, 512, 0, 0, 0]);
  });

  it("from two databases to five, every row of every table is the same, and in its bucket's place", async () => {
    const world = new World(MORE_DATABASES);
    const views = await filled.viewsIn(world);
    const before = await allRows(world);
    for (const [table, rows] of before) expect(rows.size, table).toBeGreaterThan(0);
    await new TestMover(world, FIVE).all();
    const at = await world.deps.router.locate();
    expect(FIVE.map((_, bucket) => at(bucket))).toEqual(FIVE);
    expect(await allRows(new World(MORE_DATABASES))).toEqual(before);
    expect(await filled.viewsIn(world)).toEqual(views);
    expect((await checkCounts(world)).corrected).toEqual([]);
  });

  it("an isolate with an outdated map reads and writes at the new places", async () => {
    const stale = new World(MORE_DATABASES);
    await stale.deps.store.accounts.byIds(filled.people.map(({ user }) => user.id));
    await new TestMover(new World(MORE_DATABASES), TWO, [0, 511]).all();
    const [author, reader] = [person(5), person(6)];
    await stale.follow(reader, author);
    const post = await stale.post(author, "written with an old map");
    await stale.drain();
    expect((await new World(MORE_DATABASES).scroll(reader))[0]).toBe(post);
    // Neither did any write go to a place that no longer holds the bucket.
    await allRows(stale);
  });

  it("back on two databases, a Worker without the others finds everything", async () => {
    const world = new World(MORE_DATABASES);
    const views = await filled.viewsIn(world);
    await new TestMover(world, TWO).all();
    expect(await filled.viewsIn(new World())).toEqual(views);
    await allRows(new World());
  });

  it("a bucket that has moved twice is found although its first place is gone", async () => {
    const world = new World(MORE_DATABASES);
    const author = person(9);
    const bucket = idBucket(author.user.id);
    const home = (await world.deps.router.locate())(bucket);
    const other = home === "d1:DB_0" ? "d1:DB_1" : "d1:DB_0";
    for (const to of ["d1:DB_2", other]) {
      await new TestMover(world, [to], [bucket, bucket]).all();
    }
    const withoutIt = new World();
    expect((await withoutIt.deps.store.accounts.byIds([author.user.id])).size).toBe(1);
    await new TestMover(world, TWO).all();
  });

  it("buckets in a place that is not configured are unavailable, and others are not", async () => {
    const world = new World(MORE_DATABASES);
    const [author, other] = [person(9).user.id, person(10).user.id];
    const bucket = idBucket(author);
    await new TestMover(world, ["d1:DB_2"], [bucket, bucket]).all();
    const { accounts } = new World().deps.store;
    await expect(accounts.byIds([author])).rejects.toThrow(
      /moved to d1:DB_2, which is not configured/,
    );
    expect((await accounts.byIds([other])).size).toBe(1);
    await new TestMover(world, TWO).all();
  });

  it("a call of the mover takes fewer statements than an invocation may", async () => {
    let statements = 0;
    const counted = Object.entries({ ...MORE_DATABASES, DB_0: env.DB_0, DB_1: env.DB_1 }).map(
      ([name, database]) => [name, watchedDatabase(database, () => statements++)] as const,
    );
    const world = new World(Object.fromEntries(counted));
    const mover = new TestMover(world, FIVE);
    let most = 0;
    let ended = false;
    while (!ended) {
      statements = 0;
      ended = await mover.call();
      most = Math.max(most, statements);
    }
    expect(most).toBeGreaterThan(50);
    expect(most).toBeLessThan(STATEMENTS_MAX);
    await new TestMover(world, TWO).all();
  });

  it("a write that meets the fence of its bucket waits for it, and is answered as usual", async () => {
    const world = new World(MORE_DATABASES);
    const { places } = world.deps.router;
    const author = person(7);
    const bucket = idBucket(author.user.id);
    const from = (await world.deps.router.locate())(bucket);
    const place = places.find(({ name }) => name === from);
    const mover = new Mover(places, "a run with a fence", Date.now);
    await mover.begin();
    await place?.mover?.leave("a run with a fence", [{ bucket, to: "d1:DB_4" }]);
    await place?.mover?.fence("a run with a fence", bucket, MOVE_FENCE_MS / 4);
    const startMs = performance.now();
    const reading = await world.deps.store.accounts.byIds([author.user.id]);
    expect(reading.size).toBe(1);
    const post = await world.post(author, "written against a fence");
    expect(performance.now() - startMs).toBeGreaterThan(MOVE_FENCE_MS / 8);
    expect((await world.deps.store.posts.existing([post])).size).toBe(1);
    // The write is noted, so the bucket can't be released without it.
    expect(await place?.mover?.release("a run with a fence", bucket)).toBe(false);
    await new TestMover(world, ["d1:DB_4"], [bucket, bucket]).all();
    expect((await world.deps.store.posts.existing([post])).size).toBe(1);
    await allRows(world);
    await new TestMover(world, TWO).all();
  });

  it("a call for a bucket that was released but not opened opens it", async () => {
    const world = new World(MORE_DATABASES);
    const author = person(8);
    const bucket = idBucket(author.user.id);
    const from = (await world.deps.router.locate())(bucket);
    const places = world.deps.router.places.map((place) => ({
      ...place,
      holdings:
        place.holdings === null
          ? null
          : { ...place.holdings, open: () => Promise.reject(new Error("the mover has died")) },
    }));
    const mover = new Mover(places, "a run that dies", Date.now);
    await mover.begin();
    await mover.plan(from, [{ bucket, to: "d1:DB_3" }]);
    const run = async () => {
      for (let state = await mover.state(from); state !== null;) {
        state = await mover.step(from, state);
      }
    };
    await expect(run()).rejects.toThrow("the mover has died");
    const post = await new World(MORE_DATABASES).post(author, "opens the bucket");
    expect((await world.deps.store.posts.existing([post])).size).toBe(1);
    await new TestMover(world, TWO).all();
    expect((await world.deps.store.posts.existing([post])).size).toBe(1);
    await allRows(world);
  });

  it("a step of a run that another run has ended writes nothing", async () => {
    const { places } = new World(MORE_DATABASES).deps.router;
    await new Mover(places, "the first run", Date.now).begin();
    await new Mover(places, "the second run", Date.now).begin();
    const id = makeId(1, 9, 1);
    for (const { mover } of places) {
      const row = { parent: id, id };
      const steps = [
        mover?.setProgress("the first run", "{}"),
        mover?.leave("the first run", [{ bucket: 9, to: "d1:DB_4" }]),
        mover?.expect("the first run", [{ bucket: 9, from: "d1:DB_4", version: 99 }]),
        mover?.fence("the first run", 9, 1),
        mover?.release("the first run", 9),
        mover?.put("the first run", "replies", [row]),
        mover?.drop("the first run", "replies", [[id, id]]),
        mover?.note("the first run", "replies", [[id, id]]),
        mover?.forget("the first run", []),
        // The bucket does not arrive here, so a late copy must not be written either.
        mover?.put("the second run", "replies", [row]),
      ];
      for (const step of steps) await expect(step).rejects.toThrow(RunEnded);
      expect(await mover?.progress()).toBeNull();
      expect(await mover?.pick("replies", [[id, id]])).toEqual([]);
    }
  });
});
