/** Simulates a step: when posts become visible, with everything well and through an outage. */
import { emptyHistogram, type Histogram, note, quantile } from "../../../feed/metrics/histogram.ts";
import { randomFrom } from "../../demo/random.ts";
import type { Inputs } from "../inputs.ts";
import { hubLoad } from "../model/hubs.ts";
import { loadOf, pushedFollowers, ratesOf, type Setup } from "../model/rates.ts";
import { Clock } from "./clock.ts";
import { PulledPosts } from "./pulled.ts";
import { type Outage, type Part, PushedPosts } from "./pushed.ts";

export type { Outage } from "./pushed.ts";

/** Milliseconds at which so many of a hundred, or a thousand, posts are visible; null if none were. */
export interface Percentiles {
  p50: number | null;
  p99: number | null;
  p999: number | null;
}

export interface Simulated {
  pushed: Percentiles;
  pulled: Percentiles;
  live: Percentiles;
  posts: number;
  /** Posts that their authors were refused with a 503, and jobs that became dead letters. */
  refused: number;
  deadLetters: number;
  /** Messages that wait at the end. */
  backlog: number;
  /** How long after an outage posts were visible only after more than five seconds; null without one. */
  recoveryMs: number | null;
}

/** What can go wrong with fan-out, by name. */
export const OUTAGES = {
  shard: { kind: "shard", fromMs: 5_000, toMs: 25_000 },
  queue: { kind: "queue", fromMs: 5_000, toMs: 25_000 },
  crowd: { kind: "crowd", fromMs: 5_000, toMs: 15_000, factor: 5 },
} as const satisfies Record<string, Outage>;

/** Everything that can be simulated going wrong: these, and a deploy, after which all sockets are gone. */
export const OUTAGE_NAMES = ["shard", "queue", "crowd", "deploy"] as const;
export type OutageName = (typeof OUTAGE_NAMES)[number];

/** Queues that are simulated, each with its whole load, and how long. */
const QUEUES = 2;
const WELL_MS = 15_000;
const OUTAGE_MS = 150_000;
/** Posts that are simulated at most, so that a step takes seconds. */
const POSTS_MAX = 12_000;
const OUTAGE_POSTS_MAX = 100_000;
/** How late a post may be. */
const LATE_MS = 5_000;

export function simulate(
  inputs: Inputs,
  setup: Setup,
  { seed, outage = null }: { seed: number; outage?: Outage | null },
): Simulated {
  const clock = new Clock();
  const random = randomFrom(seed);
  const histograms = { pushed: emptyHistogram(), pulled: emptyHistogram(), live: emptyHistogram() };
  const part = partOf(inputs, setup);
  // Overloaded shards never finish.
  if (part.busy >= 1) return OVERLOADED;
  const region = regionOf(inputs, setup);
  const pulled = new PulledPosts(clock, random, region, {
    visible: (tookMs) => {
      note(histograms.pulled, tookMs);
    },
    live: (tookMs) => {
      note(histograms.live, tookMs);
    },
  });
  let lastLateMs = 0;
  const pushed = new PushedPosts(
    clock,
    random,
    { part, outage },
    {
      visible: (postedMs, tookMs) => {
        note(histograms.pushed, tookMs);
        if (tookMs > LATE_MS) lastLateMs = Math.max(lastLateMs, postedMs + tookMs);
      },
      appended: (postedMs) => {
        pulled.appended(postedMs);
      },
    },
  );
  const [endMs, most] = outage === null ? [WELL_MS, POSTS_MAX] : [OUTAGE_MS, OUTAGE_POSTS_MAX];
  clock.runTo(Math.min(endMs, Math.max(5_000, (most / part.postsPerS) * 1_000)));
  const { posts, refused, deadLetters, backlog } = pushed;
  return {
    pushed: percentilesOf(histograms.pushed),
    pulled: percentilesOf(histograms.pulled),
    live: percentilesOf(histograms.live),
    posts,
    refused,
    deadLetters,
    backlog,
    recoveryMs: outage === null ? null : Math.max(0, lastLateMs - outage.toMs),
  };
}

const NEVER: Percentiles = { p50: null, p99: null, p999: null };
const OVERLOADED: Simulated = {
  pushed: NEVER,
  pulled: NEVER,
  live: NEVER,
  posts: 0,
  refused: 0,
  deadLetters: 0,
  backlog: Infinity,
  recoveryMs: null,
};

/** The most shards that are simulated. */
const SHARDS_MAX = 1_024;

/** As many shards for a queue as the whole Skein has; each gets its own load. */
function partOf(inputs: Inputs, setup: Setup): Part {
  const { workload, platform } = inputs;
  const { rates, operations, statementsPerShard } = loadOf(inputs, setup);
  const queues = Math.min(QUEUES, setup.fanoutQueues);
  const share = queues / setup.fanoutQueues;
  const fanout = (rates.fanout * operations.fanout.statements) / setup.shards;
  const capacity = platform.limit("d1StatementsPerS");
  return {
    queues,
    // Objects are as many as users: a few of them, each with its own load, stand for all.
    shards: Math.min(SHARDS_MAX, Math.max(1, Math.round(setup.shards * share))),
    postsPerS: setup.postsPerS * share,
    busy: (statementsPerShard - fanout) / capacity,
    meanFollowers: Math.min(pushedFollowers(workload), setup.users / 3),
    pulledShare: workload.get("pulledShareOfPosts"),
    threshold: Math.min(workload.get("threshold"), setup.users),
    consumers: workload.get("consumersOfOneQueue"),
    callMs: workload.get("objectCallMs"),
    farCallMs: workload.get("farCallMs"),
    farShare: workload.get("farShareOfDeliveries"),
    statementMs: 1_000 / capacity,
  };
}

function regionOf(inputs: Inputs, setup: Setup) {
  const { workload, platform } = inputs;
  const { members, received, made } = hubLoad(inputs, setup, ratesOf(workload, setup));
  return {
    hubs: setup.hubs,
    members,
    hubCallsPerS: received + made,
    callMs: workload.get("objectCallMs"),
    farCallMs: workload.get("farCallMs"),
    callsPerS: platform.limit("objectRequestsPerS"),
  };
}

function percentilesOf(histogram: Histogram): Percentiles {
  const at = (q: number) => {
    const ms = quantile(histogram, q);
    return ms === null ? null : Math.round(ms);
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
