/**
 * The scale model's counts against a run of random operations by people of a small graph: what depends on
 * no batch is predicted exactly, and the rest within a few per cent, given the batches of the run. So a
 * change that makes an operation cost more or less fails here until it is counted anew:
 * `npm run scale -- --calibrate`.
 */
import { beforeAll, expect, it, vi } from "vitest";
import { type Random, randomFrom } from "../../scripts/demo/random.ts";
import calibration from "../../scripts/scale/data/calibration-d1.json" with { type: "json" };
import { type Operations, Verbs } from "../../scripts/scale/model/operations.ts";
import type { Session } from "../../feed/wire.ts";
import { detailsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";
import { people } from "./calibration/writes.ts";

const PEOPLE = 40;
const FOLLOWEES = 8;
const OPERATIONS = 240;
const SHARDS = 2;
/** How far off the sums of batched jobs may be: posts and followers spread unevenly over the shards. */
const BATCHED_TOLERANCE = 0.15;

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const verbs = new Verbs(calibration);
const at = (verb: string, size = 1): Operations =>
  verbs.of(verb, { size, owners: size, shards: SHARDS });

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});

/** People who follow each other at random, all with warm timelines. */
async function society(random: Random): Promise<{ world: World; users: Session[] }> {
  const world = new World();
  const users = await people(world, PEOPLE);
  const follows = users.flatMap(({ user }) =>
    Array.from({ length: FOLLOWEES }, () => random.pick(users))
      .filter((other) => other.user.id !== user.id)
      .map((other) => ({ follow: [user.handle, other.user.handle] })),
  );
  await world.import(follows);
  await world.drain();
  for (const user of users) await world.scroll(user);
  return { world, users };
}

it("predicts the calls, statements, messages and keys of a random run", async () => {
  const seed = 20261125;
  const random = randomFrom(seed);
  const { world, users } = await society(random);
  const posts: string[] = [];
  const sums = { counted: emptySums(), predicted: emptySums() };
  const add = async (verb: string, operation: () => Promise<unknown>) => {
    const { costs } = await detailsOf(world, operation);
    addTo(sums.counted, { ...costs, statements: costs.d1Queries, calls: costs.objectCalls });
    addTo(sums.predicted, totalOf(at(verb)));
  };
  for (let n = 0; n < OPERATIONS; n++) {
    const user = random.pick(users);
    const { token } = user;
    if (posts.length === 0 || random.chance(0.3)) {
      await add("post", async () => posts.push(await world.post(user, `number ${n}`)));
    } else if (random.chance(0.5)) {
      // One of the posts is hardly ever in the viewer's window.
      const items = [random.pick(posts), random.pick(posts)].map((postId) => ({
        postId,
        dwellMs: 500,
      }));
      await add("report", () =>
        world.call("POST", "/v1/timeline/impressions", { token, body: { items } }),
      );
    } else {
      // Each likes a post once, as a crowd does.
      const post = posts[n % posts.length] ?? "";
      await add("like", () => world.call("PUT", `/v1/posts/${post}/like`, { token }));
    }
  }
  expect(sums.counted.messages, `seed ${seed}`).toBeGreaterThan(OPERATIONS / 2);
  for (const name of ["statements", "calls", "messages", "kvReads"] as const) {
    const [counted, predicted] = [sums.counted[name], sums.predicted[name]];
    expect(Math.abs(counted - predicted) / predicted, `${name}, seed ${seed}`).toBeLessThan(0.02);
  }
  await batches(world, seed);
});

/** Runs the jobs that wait in batches of one kind, and compares each kind's sum. */
async function batches(world: World, seed: number): Promise<void> {
  const kinds = Map.groupBy(world.held.splice(0), ({ body }) => kindOf(body));
  for (const [kind, held] of kinds) {
    if (kind !== "tally") continue;
    let [counted, predicted] = [0, 0];
    for (let from = 0; from < held.length; from += 10) {
      const batch = held.slice(from, from + 10);
      const { costs } = await detailsOf(world, () => world.handOver(batch));
      counted += costs.d1Queries;
      predicted += at(kind, batch.length).statements;
    }
    const off = Math.abs(counted - predicted) / predicted;
    expect(off, `statements of ${kind}, seed ${seed}`).toBeLessThan(BATCHED_TOLERANCE);
  }
}

function kindOf(body: unknown): string {
  return typeof body === "object" && body !== null && "kind" in body ? String(body.kind) : "";
}

interface Sums {
  statements: number;
  calls: number;
  messages: number;
  kvReads: number;
}

function emptySums(): Sums {
  return { statements: 0, calls: 0, messages: 0, kvReads: 0 };
}

function addTo(
  sums: Sums,
  more: { statements: number; calls: number; kvReads: number; queueMessages: number },
): void {
  sums.statements += more.statements;
  sums.calls += more.calls;
  sums.messages += more.queueMessages;
  sums.kvReads += more.kvReads;
}

function totalOf({ statements, calls, messages, kvReads }: Operations) {
  const sum = Object.values(calls).reduce((total, count) => total + count, 0);
  return { statements, calls: sum, queueMessages: messages, kvReads };
}
