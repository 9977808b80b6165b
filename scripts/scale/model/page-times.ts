/** How long pages take, stage by stage: the network between the Worker and what it asks is unknown. */
import { PULL_BUDGET_DEFAULT_MS } from "../../../feed/limits.ts";
import { randomFrom, type Random } from "../../demo/random.ts";
import type { Inputs } from "../inputs.ts";
import { aroundMs } from "../simulation/draws.ts";
import { loadOf, type Setup } from "./rates.ts";

export interface PageTime {
  p50: number;
  p99: number;
}

export type PageTimes = Record<"warm" | "cold" | "rebuild", PageTime> & {
  /** The median of each stage of a warm page. */
  stages: Record<"timeline" | "pulled" | "counts" | "compute", number>;
};

const DRAWS = 4_000;
/** Rounds of statements of a page that reads the store, one after the other. */
const ARCHIVE_ROUNDS = 4;
const REBUILD_ROUNDS = 6;

export function pageTimes(inputs: Inputs, setup: Setup, seed: number): PageTimes {
  const random = randomFrom(seed);
  const { workload, platform } = inputs;
  const { statementsPerShard } = loadOf(inputs, setup);
  const busy = Math.min(0.99, statementsPerShard / platform.limit("d1StatementsPerS"));
  const cpuMs = workload.get("requestCpuMs");
  const call = (draws: Random) => aroundMs(draws, workload.get("objectCallMs"));
  const kv = (draws: Random) => aroundMs(draws, workload.get("kvReadMs"));
  // What a statement waits for grows as its shard fills.
  const answer = (draws: Random) => call(draws) + aroundMs(draws, 1 / (1 - busy));
  // Many objects are asked through others.
  const round = (draws: Random) => answer(draws) + (inputs.store === "objects" ? call(draws) : 0);
  const rounds = (draws: Random, count: number) =>
    Array.from({ length: count }, () => round(draws)).reduce((sum, ms) => sum + ms, 0);
  const pulled = (draws: Random) => Math.min(PULL_BUDGET_DEFAULT_MS, kv(draws) + call(draws));
  const warm = (draws: Random) => call(draws) + pulled(draws) + kv(draws) + cpuMs;
  const cold = (draws: Random) => warm(draws) + rounds(draws, ARCHIVE_ROUNDS);
  const rebuild = (draws: Random) => warm(draws) + 3 * call(draws) + rounds(draws, REBUILD_ROUNDS);
  const median = (of: (draws: Random) => number) => timeOf(random, of).p50;
  return {
    warm: timeOf(random, warm),
    cold: timeOf(random, cold),
    rebuild: timeOf(random, rebuild),
    stages: {
      timeline: median(call),
      pulled: median(pulled),
      counts: median(kv),
      compute: Math.round(cpuMs),
    },
  };
}

function timeOf(random: Random, of: (draws: Random) => number): PageTime {
  const times = Array.from({ length: DRAWS }, () => of(random)).sort((a, b) => a - b);
  const at = (q: number) => Math.round(times[Math.floor(q * times.length)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}
