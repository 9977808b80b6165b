/** Figures of the whole deployment: they match known actions, and a failure in them fails no request. */
import {
  createExecutionContext,
  createScheduledController,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Accounts } from "../../feed/metrics/exposition.ts";
import { addSums, increase, noSums, type Sums } from "../../feed/metrics/figures.ts";
import { DATA_POINTS_MAX, JOB_ATTEMPTS_MAX, AGGREGATOR_CALLS_PER_S } from "../../feed/limits.ts";
import { DEFAULT_REGION } from "../../feed/delivery/regions.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { WireFigures } from "../../feed/metrics/wire-figures.ts";
import { Objects } from "../../durable-objects/objects.ts";
import { Administrators } from "../../workers/auth/administrators.ts";
import { publishBacklog } from "../../workers/metrics/figures.ts";
import worker from "../../workers/index.ts";
import { failingHomes } from "./doubles.ts";
import { World } from "./world.ts";

const ADMIN = { authorization: `Bearer ${bindings.ADMIN_TOKEN}` };

// The meter sends once a second, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

async function figures(world: World): Promise<WireFigures> {
  const { body } = await world.call<WireFigures>("GET", "/v1/admin/figures", { headers: ADMIN });
  return body;
}

/** The sums of all regions. */
async function sums(world: World): Promise<Sums> {
  const all = noSums();
  for (const region of (await figures(world)).regions) addSums(all, region);
  return all;
}

/** Sweeps every shard, so that the backlog is counted now. */
async function countBacklog(world: World): Promise<void> {
  await world.sweep();
  await world.deps.meter.flush();
}

/** The figures that an operation adds. */
async function added(world: World, operation: () => Promise<unknown>): Promise<Sums> {
  const before = await sums(world);
  await operation();
  return increase(before, await sums(world));
}

/** Makes an author with followers whose timelines are warm. */
async function audience(world: World, count: number) {
  const { author, readers } = await world.audience(count);
  await world.drain();
  return { author, readers };
}

describe("figures", () => {
  it("count posts, deliveries and their delay", async () => {
    const world = new World();
    const { author } = await audience(world, 3);
    const more = await added(world, async () => {
      for (let n = 0; n < 4; n++) await world.post(author, `number ${n}`);
      await world.drain();
    });
    expect(more.counters["posts"]).toBe(4);
    expect(more.counters["deliveries:kept"]).toBe(12);
    expect(more.counters["deliveries:failed"]).toBeUndefined();
    expect(more.counters["jobs:done"]).toBe(4);
    const lag = more.timings["delivery_lag:timeline"];
    expect(lag?.count).toBe(12);
    expect(lag?.sumMs).toBeGreaterThanOrEqual(0);
    expect(
      Object.keys(lag?.buckets ?? {})
        .map(Number)
        .every((bucket) => bucket >= 0),
    ).toBe(true);
    expect(more.timings["queue_wait:skein-fanout-0"]?.count).toBe(4);
  });

  it("count a repeated post once, and a repeated delivery as often as it arrived", async () => {
    const world = new World();
    const { author } = await audience(world, 1);
    const more = await added(world, async () => {
      const again = { token: author.token, headers: { "idempotency-key": "once" } };
      for (let n = 0; n < 3; n++) {
        await world.call("POST", "/v1/posts", { ...again, body: { text: "hello" } });
      }
      await world.drain({ duplicate: () => true });
    });
    expect(more.counters["posts"]).toBe(1);
    expect(more.counters["deliveries:kept"]).toBe(2);
  });

  it("count pages of the hot window apart from those below it, with their stages", async () => {
    const world = new World();
    world.deps.config.TIMELINE_MAX = 20;
    const { author, readers } = await audience(world, 1);
    const [reader = author] = readers;
    for (let n = 0; n < 60; n++) await world.post(author, `number ${n}`);
    await world.drain();
    await world.evict(reader);
    const path = "/v1/timeline?order=latest&limit=20";
    const first = await added(world, () => world.call("GET", path, { token: reader.token }));
    expect(first.counters).toMatchObject({ "pages:hot": 1 });
    expect(first.timings["page"]?.count).toBe(1);
    expect(Object.keys(first.timings).sort()).toEqual([
      "page",
      "page_stage:counts",
      "page_stage:home",
    ]);
    const { body } = await world.call<Timeline>("GET", path, { token: author.token });
    const next = `${path}&cursor=${body.next}`;
    const fresh = await world.account();
    await world.follow(fresh, author);
    const cold = await added(world, () => world.call("GET", path, { token: fresh.token }));
    expect(cold.counters["rebuilds"]).toBe(1);
    const deep = await added(world, () => world.call("GET", next, { token: fresh.token }));
    expect(deep.counters).toMatchObject({ "pages:store": 1, "counts:entry": 20 });
    expect(deep.timings["page_stage:store"]?.count).toBe(1);
  });

  it("include the backlog and the dead letters", async () => {
    let down = false;
    const homes = failingHomes(bindings.HOME_TIMELINE, () => (down ? new Error("down") : null));
    const world = new World({ HOME_TIMELINE: homes });
    const { author } = await audience(world, 1);
    down = true;
    const more = await added(world, async () => {
      await world.post(author, "for nobody");
      await countBacklog(world);
      const waiting = await figures(new World());
      expect(waiting.backlog.outbox).toBeGreaterThan(0);
      expect(waiting.backlog.queues).toEqual({
        FANOUT_0: 0,
        FANOUT_1: 0,
        COUNTING_0: 0,
        COUNTING_1: 0,
        EXPORT_QUEUE: 0,
      });
      await world.drain();
    });
    expect(more.counters["deliveries:failed"]).toBe(JOB_ATTEMPTS_MAX);
    expect(more.counters["jobs:dead"]).toBe(1);
    expect(more.counters["jobs:retried"]).toBe(JOB_ATTEMPTS_MAX - 1);
    await countBacklog(world);
    const { backlog } = await figures(new World());
    expect(backlog.deadLetters).toBe(1);
    expect(backlog.outbox).toBe(0);
  });
});

describe("isolates", () => {
  it("add up: a third isolate reads what two others counted", async () => {
    const [one, other, third] = [new World(), new World(), new World()];
    const author = await one.account();
    const before = await sums(third);
    await one.post(author, "here");
    await other.post(author, "there");
    await one.deps.meter.flush();
    await other.deps.meter.flush();
    expect(increase(before, await sums(third)).counters["posts"]).toBe(2);
  });
});

describe("the Worker's figures", () => {
  /** The handlers that the platform calls, with some bindings of a world replaced. */
  async function fetched(world: Pick<World, "env">, path: string): Promise<Response> {
    const context = createExecutionContext();
    const request = new Request<unknown, IncomingRequestCfProperties>(`http://skein.test${path}`);
    const response = await worker.fetch(request, world.env, context);
    await waitOnExecutionContext(context);
    return response;
  }

  it("count requests by class of status", async () => {
    const world = new World();
    const more = await added(world, async () => {
      await fetched(world, "/healthz");
      await fetched(world, "/v1/users/@nobody");
      await fetched(world, "/v1/users/@nobody");
    });
    expect(more.counters).toMatchObject({ "requests:2xx": 1, "requests:4xx": 2 });
  });

  it("leave answers unchanged while the metrics aggregator fails", async () => {
    const METRICS_AGGREGATOR = new Proxy(bindings.METRICS_AGGREGATOR, {
      get: () => () => {
        throw new Error("no ledger");
      },
    });
    const world = new World({ METRICS_AGGREGATOR });
    expect((await fetched(world, "/healthz")).status).toBe(200);
    const author = await world.account();
    await world.post(author, "all the same");
    await world.drain();
    const answer = await figures(world);
    expect(answer.regions).toEqual([]);
    expect(answer.missing).toContain(DEFAULT_REGION);
    // The aggregators have the counts; queues answer by themselves.
    expect(answer.backlog.outbox).toBeNull();
    expect(answer.backlog.queues["FANOUT_0"]).toBe(0);
  });

  it("leave answers unchanged while the configuration for them cannot be read", async () => {
    const { env } = new World();
    expect((await fetched({ env: { ...env, SIGNING_KEY: "short" } }, "/openapi.json")).status).toBe(
      200,
    );
  });
});

describe("a metrics aggregator", () => {
  it("belongs to one region and writes its figures to Analytics Engine once", async () => {
    const written = vi
      .spyOn(bindings.ANALYTICS, "writeDataPoint")
      .mockImplementation(() => undefined);
    const world = new World();
    const [, far] = [await sums(world), bindings.METRICS_AGGREGATOR.getByName("oc")];
    const pauseMs = await far.add({ counters: { posts: 5 }, timings: {} });
    expect(pauseMs).toBeGreaterThanOrEqual(1_000 / AGGREGATOR_CALLS_PER_S);
    await runDurableObjectAlarm(far);
    const point = { indexes: ["posts"], blobs: ["posts", "", "oc"], doubles: [5] };
    expect(written.mock.calls).toEqual([[point]]);
    await far.add({ counters: { posts: 1 }, timings: {} });
    await runDurableObjectAlarm(far);
    expect(written.mock.calls.at(-1)).toEqual([{ ...point, doubles: [1] }]);
    const accounts: Accounts = Object.fromEntries(
      (await figures(world)).regions.map(({ region, since, ...all }) => [
        region,
        { sinceMs: Date.parse(since), sums: all },
      ]),
    );
    expect(accounts.oc?.sums.counters["posts"]).toBe(6);
  });
});

it("counts while its alarm cannot be set, and sets the alarm the next time", async () => {
  const aggregator = bindings.METRICS_AGGREGATOR.getByName("alarm");
  const one = { counters: { posts: 1 }, timings: {} };
  await runInDurableObject(aggregator, async (instance, { storage }) => {
    const setAlarm = vi.spyOn(storage, "setAlarm").mockRejectedValueOnce(new Error("down"));
    expect(await instance.add(one)).toBeGreaterThanOrEqual(0);
    expect(await storage.getAlarm()).toBeNull();
    await instance.add(one);
    expect(await storage.getAlarm()).not.toBeNull();
    setAlarm.mockRestore();
    await storage.deleteAlarm();
  });
});

describe("Analytics Engine", () => {
  it("gets at most its limit of data points from one invocation, and all of them in the end", async () => {
    const written = vi
      .spyOn(bindings.ANALYTICS, "writeDataPoint")
      .mockImplementation(() => undefined);
    const aggregator = bindings.METRICS_AGGREGATOR.getByName("afr");
    const count = 2 * DATA_POINTS_MAX + 3;
    const series = Array.from({ length: count }, (_, n): [string, number] => [
      `requests:${n}`,
      n + 1,
    ]);
    await aggregator.add({ counters: Object.fromEntries(series), timings: {} });
    const perAlarm: number[] = [];
    while (await runDurableObjectAlarm(aggregator)) {
      perAlarm.push(written.mock.calls.length);
      written.mockClear();
    }
    expect(perAlarm).toEqual([DATA_POINTS_MAX, DATA_POINTS_MAX, 3]);
  });

  it("gets the backlog on the sweep's schedule", async () => {
    const written = vi
      .spyOn(bindings.ANALYTICS, "writeDataPoint")
      .mockImplementation(() => undefined);
    const context = createExecutionContext();
    const world = new World();
    await countBacklog(world);
    await worker.scheduled(createScheduledController(), world.env, context);
    await waitOnExecutionContext(context);
    const named = written.mock.calls.map(([point]) => point?.indexes?.[0]);
    expect(named).toEqual(expect.arrayContaining(["outbox_rows", "dead_letters"]));
    expect(named.filter((figure) => figure === "queue_messages")).toHaveLength(5);
  });

  it("can be left out of wrangler.toml", async () => {
    const { env, deps } = new World();
    const { ANALYTICS: _, ...without } = env;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what an edited wrangler.toml gives
    await expect(publishBacklog(without as Env, deps)).resolves.toBeUndefined();
  });
});

describe("GET /metrics", () => {
  it("returns the same figures as text to a caller with the ADMIN_TOKEN", async () => {
    const world = new World();
    const author = await world.account();
    await world.post(author, "hello");
    await countBacklog(world);
    const { body, headers, status } = await world.call<string>("GET", "/metrics", {
      headers: ADMIN,
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatch(/^skein_posts_total\{region="enam"\} \d+$/m);
    expect(body).toMatch(/^skein_outbox_rows \d+$/m);
    expect(body).toMatch(/^skein_queue_messages\{queue="COUNTING_1"\} 0$/m);
  });

  it("is 404 where no ADMIN_TOKEN is set", async () => {
    const world = new World();
    const keys = new Objects(world.env.ADMINISTRATION, "administration");
    world.deps.administrators = new Administrators(keys, undefined);
    for (const path of ["/metrics", "/v1/admin/figures"]) {
      expect((await world.call("GET", path, { headers: ADMIN })).status).toBe(404);
    }
  });
});
