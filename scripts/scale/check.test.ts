import { describe, expect, it } from "vitest";
import { ceilings, overBudget, unlistedGrowth } from "./check.ts";
import type { Step } from "./result.ts";

const DOLLARS = {
  perMillionDeliveries: 1.2,
  perMillionPages: 10,
  perMillionLikes: 20,
  perMillionReports: 4,
  perMillionOnlineHours: 200,
  perMillionScreenMinutes: 30,
  perDay: 1,
};

function step(dollars: Partial<typeof DOLLARS>): Step {
  const percentiles = { p50: 1, p99: 2, p999: 3 };
  const time = { p50: 1, p99: 2 };
  return {
    users: 1,
    postsPerSecond: 1,
    store: "d1",
    shards: 2,
    queues: { fanout: 2, counting: 2, export: 1 },
    worst: [],
    visibleMs: { pushed: percentiles, pulled: percentiles, live: percentiles },
    pageMs: {
      warm: time,
      cold: time,
      rebuild: time,
      stages: { timeline: 1, pulled: 1, counts: 1, compute: 1 },
    },
    dollars: { ...DOLLARS, ...dollars },
    storageGB: { day: 1, month: 1, year: 1 },
    outages: {},
  };
}

describe("a budget", () => {
  it("holds at its figure, and is passed by any step that costs more", () => {
    const steps = [step({}), step({ perMillionLikes: 21 })];
    expect(overBudget({ steps }, { perMillionLikes: 21, perMillionPages: 10 })).toEqual([]);
    expect(overBudget({ steps }, { perMillionLikes: 20.9 })).toHaveLength(1);
  });

  it("for something that is not priced is passed", () => {
    expect(overBudget({ steps: [step({})] }, { perMillionFaxes: 1 })).toHaveLength(1);
  });
});

it("the list of what grows has a reason for each, and nothing that no longer grows", () => {
  const grows = ["a shard", "a queue"];
  expect(unlistedGrowth({ grows }, { "a shard": "one writer", "a queue": "one" })).toEqual([]);
  const faults = unlistedGrowth({ grows }, { "a shard": "one writer", "a log": "gone" });
  expect(faults).toHaveLength(2);
  expect(faults.join()).toMatch(/"a queue" grows.*"a log" no longer grows/s);
});

it("a part of a store without a ceiling that is used to more than 70 % at the target is a fault", () => {
  const stop = { file: "f", unit: "u", at70: null, at100: null };
  const stops = [
    { ...stop, component: "full", atTarget: 0.71, ofStore: true },
    { ...stop, component: "half", atTarget: 0.5, ofStore: true },
    { ...stop, component: "no store's", atTarget: 3, ofStore: false },
  ];
  expect(ceilings({ stops })).toEqual(['"full" is used to 71 % at the target, more than 70 %']);
});
