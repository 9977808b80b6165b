/**
 * `npm run scale -- --calibrate` runs this for each store: it counts what each verb does, on D1 with 1, 2, 8 and 64
 * shards, and measures bytes and service times. It prints the content of scripts/scale/data/calibration-<store>.json.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { detailsOf, installMeters } from "../meters.ts";
import type { Sample } from "../../../scripts/scale/calibration.ts";
import { sampleOf } from "./counted.ts";
import { measureBytes, measureTimes } from "./measured.ts";
import { countPages } from "./pages.ts";
import { emptyShards, worldOn } from "./world-on.ts";
import { countWrites, type Scene } from "./writes.ts";

/** The store on objects has one object for each account, and no number of shards. */
const SHARDS = bindings.STORE === "objects" ? [2] : [1, 2, 8, 64];

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});

beforeEach(emptyShards);

it.each(SHARDS)("counts every verb on %i shards", async (shards) => {
  const samples: Sample[] = [];
  const scene: Scene = {
    world: (changed = {}) => worldOn(shards, changed),
    count: async (world, { verb, size, times = 1, about = null }, operation) => {
      const details = await detailsOf(world, operation);
      samples.push(sampleOf({ verb, shards, size, about }, details, times));
    },
    touch: (post) => bindings.POST_COUNTER.getByName(post).read(),
    alarm: (post) => runDurableObjectAlarm(bindings.POST_COUNTER.getByName(post)),
  };
  await countWrites(scene);
  await countPages(scene);
  expect(new Set(samples.map(({ shards: on }) => on))).toEqual(new Set([shards]));
  for (const sample of samples) print("sample", sample);
});

it("measures bytes of rows and objects, and service times", async () => {
  const [bytes, times] = [await measureBytes(worldOn(2)), await measureTimes(worldOn(2))];
  const figures = Object.entries({ ...bytes, ...times });
  expect(figures.filter(([, value]) => value <= 0)).toEqual([]);
  print("bytes", bytes);
  print("times", times);
});

function print(kind: string, value: object): void {
  console.log(`calibration ${kind} ${JSON.stringify(value)}`);
}
