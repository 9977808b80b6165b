import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { ROOT } from "../../project.ts";
import { readInputs } from "../inputs.ts";
import { componentsOf } from "./components.ts";
import { setupOf, setupsOf } from "./steps.ts";

// A busy machine simulates slowly.
vi.setConfig({ testTimeout: 60_000 });

/** How code names an object, a queue or all shards. */
const ADDRESSES = /\.getByName\(|\.sendBatch\(|\.send\(counted|\.inAll\(/;
/**
 * Files whose addresses another component stands for: each account's or post's own object, and works of
 * the same invocation.
 */
const STANDS_FOR: Readonly<Record<string, string>> = {
  "durable-objects/objects.ts": "each timeline, counter and feed is its owner's alone",
  "workers/deps.ts": "the metrics aggregator of a region",
  "workers/metrics/figures.ts": "the metrics aggregator of a region",
  "durable-objects/post-counter/post-counter.ts": "a node of a counter corrects those below it",
  "durable-objects/store-object/store-object.ts": "the object of an account",
};

describe("the components of the scale model", () => {
  it("cover every file that addresses an object, a queue or all shards", async () => {
    const inputs = await readInputs();
    const known = new Set([
      ...componentsOf(inputs, setupOf(inputs, 1_000, null)).map(({ file }) => file),
      ...Object.keys(STANDS_FOR),
    ]);
    const addressing: string[] = [];
    for await (const file of glob("{workers,durable-objects,db}/**/*.ts", { cwd: ROOT })) {
      if (file.endsWith(".test.ts")) continue;
      if (ADDRESSES.test(await readFile(join(ROOT, file), "utf8"))) addressing.push(file);
    }
    expect(addressing.length).toBeGreaterThan(8);
    expect(addressing.filter((file) => !known.has(file))).toEqual([]);
  });

  it("name files that exist", async () => {
    const inputs = await readInputs();
    for (const setup of setupsOf(inputs, null)) {
      for (const { file, load, capacity } of componentsOf(inputs, setup)) {
        await expect(readFile(join(ROOT, file), "utf8")).resolves.not.toBe("");
        expect(load, file).toBeGreaterThanOrEqual(0);
        expect(capacity, file).toBeGreaterThan(0);
      }
    }
  });
});
