/** The backlog: what sweeps have counted of each shard. */
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { GAUGE_KEPT_MS } from "../../feed/limits.ts";
import { readFigures } from "../../workers/metrics/figures.ts";
import { waitingJobs } from "../all-shards.ts";
import { newJob } from "../store/fixtures.ts";
import { World } from "./world.ts";

let namespaces = 0;

/** Aggregators that no other test has used. */
function freshAggregators(): Env["METRICS_AGGREGATOR"] {
  const prefix = `fresh_${namespaces++}_`;
  return new Proxy(bindings.METRICS_AGGREGATOR, {
    get: (target, key): unknown =>
      key === "getByName"
        ? (region: string) => target.getByName(prefix + region)
        : Reflect.get(target, key),
  });
}

describe("the backlog", () => {
  it("is unknown until every shard was swept, and the latest count of each shard holds", async () => {
    const world = new World({ METRICS_AGGREGATOR: freshAggregators() });
    const rows = async () => (await readFigures(world.env, world.deps)).backlog.outbox;
    const report = (region: string, label: string, value: number, atMs: number) =>
      world.env.METRICS_AGGREGATOR.getByName(region).add({
        counters: {},
        timings: {},
        gauges: { [`outbox_rows:${label}`]: { value, atMs } },
      });
    const nowMs = world.deps.nowMs();
    expect(await rows()).toBeNull();
    await report("weur", "0", 3, nowMs - 2_000);
    await report("apac", "1", 4, nowMs - GAUGE_KEPT_MS);
    expect(await rows()).toBeNull();
    await report("apac", "1", 5, nowMs - 3_000);
    expect(await rows()).toBe(8);
    await report("enam", "0", 9, nowMs - 5_000);
    await report("weur", "0", 7, nowMs - 4_000);
    expect(await rows()).toBe(8);
    await report("oc", "0", 1, nowMs - 1_000);
    // A shard that there is no longer.
    await report("oc", "2", 100, nowMs);
    expect(await rows()).toBe(6);
  });

  it("is what a sweep has counted, the rows of its jobs in queues included", async () => {
    const world = new World({ METRICS_AGGREGATOR: freshAggregators() });
    await world.deps.store.outbox.put([newJob(0), newJob(1)], world.deps.nowMs() + 60_000);
    expect((await readFigures(world.env, world.deps)).backlog.outbox).toBeNull();
    await world.sweep();
    const { backlog } = await readFigures(world.env, world.deps);
    expect(backlog).toMatchObject({ outbox: 2, deadLetters: 0 });
    expect(await waitingJobs(world.deps.store)).toBe(2);
  });
});
