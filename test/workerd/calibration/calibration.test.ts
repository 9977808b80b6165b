/**
 * `npm run scale -- --calibrate` runs this: it counts what each verb does with 1, 2, 8 and 64 shards, and
 * measures bytes and service times. The last lines that it prints are what scale/calibration.json holds.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, expect, it, vi } from "vitest";
import { installMeters } from "../meters.ts";
import type { Sample } from "../../../scripts/scale/calibration.ts";
import { measureBytes, measureTimes } from "./measured.ts";
import { countPages } from "./pages.ts";
import { worldOn } from "./world-on.ts";
import { countWrites } from "./writes.ts";

const SHARDS = [1, 2, 8, 64] as const;

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});

it.each(SHARDS)("counts every verb on %i shards", async (shards) => {
  const samples: Sample[] = [];
  const scene = {
    shards,
    world: (changed: Record<string, unknown> = {}) => worldOn(shards, changed),
    note: (sample: Sample) => samples.push(sample),
    touch: (post: string) => bindings.POST_COUNTER.getByName(post).read(),
    alarm: (post: string) => runDurableObjectAlarm(bindings.POST_COUNTER.getByName(post)),
  };
  await countWrites(scene);
  await countPages(scene);
  expect(new Set(samples.map(({ shards: on }) => on))).toEqual(new Set([shards]));
  for (const sample of samples) print("sample", sample);
});

it("measures bytes of rows and objects, and service times", async () => {
  const [bytes, times] = [await measureBytes(worldOn(2)), await measureTimes(worldOn(2))];
  expect(Object.values({ ...bytes, ...times }).filter((value) => value <= 0)).toEqual([]);
  print("bytes", bytes);
  print("times", times);
});

function print(kind: string, value: object): void {
  console.log(`calibration ${kind} ${JSON.stringify(value)}`);
}
