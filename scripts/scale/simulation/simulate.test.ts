import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Inputs, readInputs } from "../inputs.ts";
import type { Setup } from "../model/rates.ts";
import { rejoinedAfterMs } from "./deploy.ts";
import { OUTAGES, simulate } from "./simulate.ts";

// A busy machine simulates slowly.
vi.setConfig({ testTimeout: 60_000 });

let inputs: Inputs;
beforeAll(async () => {
  inputs = await readInputs();
});

/** A Skein of twenty thousand users that is not busy. */
const SMALL: Setup = {
  users: 20_000,
  postsPerS: 25,
  shards: 8,
  fanoutQueues: 2,
  countingQueues: 2,
  exportQueues: 1,
  hubs: 1,
};

describe("a simulation", () => {
  it("has the same result with the same seed, and another with another", () => {
    const one = simulate(inputs, SMALL, { seed: 1 });
    expect(simulate(inputs, SMALL, { seed: 1 })).toEqual(one);
    expect(simulate(inputs, SMALL, { seed: 2 })).not.toEqual(one);
    expect(one.posts).toBeGreaterThan(100);
    expect(one).toMatchObject({ refused: 0, deadLetters: 0 });
  });

  it("shows posts to nobody once the shards get more than they can take", () => {
    const { pushed } = simulate(inputs, { ...SMALL, postsPerS: 500 }, { seed: 1 });
    expect(pushed).toEqual({ p50: null, p99: null, p999: null });
  });

  it("shows posts later with slower calls", () => {
    const slow = {
      ...inputs,
      workload: inputs.workload.with({ objectCallMs: 400, farCallMs: 900 }),
    };
    const [fast, late] = [inputs, slow].map(
      (of) => simulate(of, SMALL, { seed: 1 }).pushed.p99 ?? 0,
    );
    expect(late).toBeGreaterThan(2 * (fast ?? 0));
  });

  it("refuses posts while a shard is down, and has late ones until some time after it", () => {
    const { refused, recoveryMs } = simulate(inputs, SMALL, { seed: 1, outage: OUTAGES.shard });
    expect(refused).toBeGreaterThan(0);
    expect(recoveryMs).toBeLessThan(60_000);
  });

  it("refuses nothing while a queue takes no messages: the sweep sends them later", () => {
    const { refused, deadLetters, recoveryMs, backlog } = simulate(inputs, SMALL, {
      seed: 1,
      outage: OUTAGES.queue,
    });
    expect({ refused, deadLetters }).toEqual({ refused: 0, deadLetters: 0 });
    expect(recoveryMs).toBeGreaterThan(5_000);
    expect(backlog).toBeLessThan(20);
  });

  it("lets the members of a hub come back within seconds of a deploy", () => {
    const target: Setup = { ...SMALL, users: 400_000_000, postsPerS: 500_000, hubs: 22_000 };
    const [few, many] = [SMALL, target].map((setup) => rejoinedAfterMs(inputs, setup, 1));
    expect(few).toBeLessThan(many ?? 0);
    expect(many).toBeGreaterThan(1_000);
    expect(many).toBeLessThan(5_000);
  });
});
