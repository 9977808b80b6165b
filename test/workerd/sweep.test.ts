/** The sweep as cron starts it: as messages, each for some shards. */
import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { idBucket, idCeiling, idFloor, idPeriod, makeId } from "../../feed/ids.ts";
import { BUCKETS, SWEEP_SPLIT_MAX, TRAINING_KEPT_MS } from "../../feed/limits.ts";
import { sweepJobSchema } from "../../feed/delivery/jobs.ts";
import { sweepJob } from "../../feed/delivery/new-jobs.ts";
import worker from "../../workers/index.ts";
import { startSweep } from "../../workers/jobs/sweep.ts";
import { countLetters, waitingJobs } from "../all-shards.ts";
import { newJob } from "../store/fixtures.ts";
import { watchedDatabase } from "./doubles.ts";
import { World } from "./world.ts";

const ADMIN = { authorization: `Bearer ${bindings.ADMIN_TOKEN}` };
const SHARDS = 3;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** A world on three shards, of which one can be down. */
function onThreeShards(down: () => number | null): World {
  const real = [bindings.DB_0, bindings.DB_1, bindings.DB_0];
  const databases: Record<string, unknown> = Object.fromEntries(
    real.map((database, shard) => [
      `DB_${shard}`,
      watchedDatabase(database, () => {
        if (down() === shard) throw new Error("D1_ERROR: the shard is down");
      }),
    ]),
  );
  return new World(databases);
}

/** Stores a page of the training log as an earlier version did. */
async function storeOldPage(shard: number, id: string): Promise<void> {
  const database = [bindings.DB_0, bindings.DB_1, bindings.DB_0][shard] ?? bindings.DB_0;
  await database
    .prepare("INSERT INTO served_pages (period, viewer, id, line) VALUES (?, ?, ?, '{}')")
    .bind(idPeriod(id), id, id)
    .run();
}

/** Runs cron once, as the platform does. */
async function cron({ env }: World): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController(), env, context);
  await waitOnExecutionContext(context);
}

/** The ids of held jobs that are no sweeps. */
function resent({ held }: World): string[] {
  return held.flatMap(({ body }) =>
    sweepJobSchema.safeParse(body).success ? [] : [String(Reflect.get(Object(body), "id"))],
  );
}

describe("a sweep", () => {
  it("of a shard that is down stops the sweep of no other, and leaves no trace", async () => {
    let down: number | null = null;
    const world = onThreeShards(() => down);
    const jobs = [0, 1, 2].map((bucket) => newJob(bucket));
    await world.deps.store.outbox.put(jobs, 0);
    const oldMs = Date.now() - 2 * TRAINING_KEPT_MS;
    const old = [0, 1, 2].map((bucket) => makeId(oldMs, bucket, 1));
    for (const [shard, id] of old.entries()) await storeOldPage(shard, id);
    const pages = async () => {
      const kept = await Promise.all(
        [0, 1, 2].map((shard) => world.deps.oldTraining.pages(shard, 1_000)),
      );
      return new Set(kept.flat().map(({ id }) => id));
    };
    const before = await waitingJobs(world.deps.store);
    const count = vi.spyOn(world.deps.meter, "count");
    const gauge = vi.spyOn(world.deps.meter, "gauge");

    down = 1;
    await cron(world);
    expect(world.held).toHaveLength(SHARDS);
    await world.deliverSome(SHARDS);

    const swept = jobs.filter(({ id }) => idBucket(id) !== 1).map(({ id }) => id);
    expect(new Set(resent(world))).toEqual(new Set(swept));
    expect(world.held).toHaveLength(resent(world).length);
    expect(new Set(gauge.mock.calls.map(([name, label]) => `${name} ${label}`))).toEqual(
      new Set(["outbox_rows 0", "dead_letters 0", "outbox_rows 2", "dead_letters 2"]),
    );
    expect(count.mock.calls.filter(([, outcome]) => outcome === "dropped")).toHaveLength(1);
    down = null;
    expect((await pages()).has(old[1] ?? "")).toBe(true);
    expect((await pages()).has(old[0] ?? "")).toBe(false);
    expect(await waitingJobs(world.deps.store)).toBe(before);
    expect(await countLetters(world.deps.store)).toBe(0);
  });

  it("of one shard does each of its parts although the others fail", async () => {
    const world = new World();
    const [dueJobs, { oldTraining }] = [world.deps.store.dueJobs, world.deps];
    if (dueJobs === null) throw new Error("this store sends due jobs again");
    vi.spyOn(dueJobs, "takeDue").mockRejectedValue(new Error("not now"));
    const deletes = vi.spyOn(oldTraining, "deleteBefore");
    const gauge = vi.spyOn(world.deps.meter, "gauge");
    await expect(world.sweep()).rejects.toThrow("not now");
    expect(deletes).toHaveBeenCalledOnce();
    expect(gauge).toHaveBeenCalledTimes(2);
  });

  it("of the most shards takes twenty messages of cron, and sweeps each shard once", async () => {
    const world = new World();
    const { store } = world.deps;
    const taken: number[] = [];
    const dueJobs = {
      takeDue: (shard: number) => {
        taken.push(shard);
        return Promise.resolve([]);
      },
      waiting: () => Promise.resolve(0),
    };
    const deadLetters = { ...store.deadLetters, count: () => Promise.resolve(0) };
    Object.assign(world.deps, { store: { ...store, shards: BUCKETS, dueJobs, deadLetters } });
    await startSweep(world.deps);
    expect(world.sent).toBe(SWEEP_SPLIT_MAX);
    let most = 0;
    while (world.held.length > 0) {
      const before = world.sent;
      await world.deliverSome(1);
      most = Math.max(most, world.sent - before);
    }
    expect(most).toBeLessThanOrEqual(SWEEP_SPLIT_MAX);
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: BUCKETS }, (_, k) => k));
  });

  it("deletes expired training data although owners send their due jobs themselves", async () => {
    const world = new World();
    const { trainingLog } = world.deps;
    const id = idFloor(Date.now() - 2 * TRAINING_KEPT_MS);
    const viewer = makeId(0, 1, 1);
    await trainingLog.storePage({ id, viewer, line: "{}" });
    await storeOldPage(0, id);
    const count = async () => [
      (await trainingLog.pages(null, idCeiling(Date.now()), 10)).length,
      (await world.deps.oldTraining.pages(0, 10)).length,
    ];
    expect(await count()).toEqual([1, 1]);
    Object.assign(world.deps, { store: { ...world.deps.store, shards: 0, dueJobs: null } });
    await startSweep(world.deps);
    await world.drain();
    expect(await count()).toEqual([0, 0]);
  });

  it("that an older version kept as a dead letter gets no outbox row from a redrive", async () => {
    const world = new World();
    const before = await waitingJobs(world.deps.store);
    const job = sweepJob(makeId(Date.now(), 0, 1), { from: 0, to: 2 });
    const letter = { id: makeId(Date.now(), 0, 2), reason: "unknown version or kind", body: job };
    await world.deps.store.deadLetters.keep([letter]);
    await world.call("POST", "/v1/admin/dead-letters/retry", { headers: ADMIN });
    expect(world.held).toEqual([{ body: job }]);
    expect(await waitingJobs(world.deps.store)).toBe(before);
    expect(await countLetters(world.deps.store)).toBe(0);
  });
});
