import { expect, it } from "vitest";
import type { Sample } from "../calibration.ts";
import { shardsTouched, Verbs } from "./operations.ts";

const NOTHING = {
  statementsOfOneShard: 0,
  callsOfTarget: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectRows: 0,
  messages: 0,
  kvReads: 0,
  kvWrites: 0,
  calls: {},
};

function sample(size: number, shards: number): Sample {
  const touched = shardsTouched(size, shards);
  const statements = 3 + 2 * size + 5 * touched;
  return { ...NOTHING, verb: "batch", shards, size, statements, shardsTouched: touched };
}

it("finds a constant, a part per item and a part per shard, and predicts other sizes", () => {
  const sizes = [1, 20, 100].flatMap((size) => [1, 2, 8, 64].map((shards) => sample(size, shards)));
  const verbs = new Verbs({ samples: sizes });
  for (const [size, shards] of [
    [1, 1],
    [50, 16],
    [100, 1024],
  ] as const) {
    const { statements } = verbs.of("batch", { size, owners: size, shards });
    expect(statements).toBeCloseTo(3 + 2 * size + 5 * shardsTouched(size, shards), 0);
  }
  expect(verbs.worstFit().share).toBeLessThan(0.01);
});

it("asks for a verb that was counted", () => {
  const verbs = new Verbs({ samples: [] });
  expect(() => verbs.of("like", { size: 1, owners: 1, shards: 2 })).toThrow('no verb named "like"');
});

it("so many owners are spread over so many shards", () => {
  expect(shardsTouched(1, 64)).toBeCloseTo(1);
  expect(shardsTouched(Infinity, 64)).toBe(64);
  expect(shardsTouched(100, 1)).toBe(1);
  expect(shardsTouched(64, 64)).toBeCloseTo(40.6, 1);
});
