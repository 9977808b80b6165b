/** The result of the scale model, as `--json` writes it. */
import type { CountedStore } from "./calibration.ts";
import type { Inputs } from "./inputs.ts";
import { storedBytes } from "./model/bytes.ts";
import type { Component } from "./model/component.ts";
import { componentsOf } from "./model/components.ts";
import { type Dollars, dollarsOf } from "./model/dollars.ts";
import { verbsOf } from "./model/operations.ts";
import type { Setup } from "./model/rates.ts";
import { COMFORTABLE, setupOf, setupsOf, type StoreName } from "./model/steps.ts";
import { rejoinedAfterMs } from "./simulation/deploy.ts";
import {
  OUTAGES,
  type OutageName,
  type Percentiles,
  simulate,
  type Simulated,
} from "./simulation/simulate.ts";
import type { Compared } from "./run-comparison.ts";
import { type NearRead, nearReads } from "./model/near-reads.ts";
import { type WideRead, wideReads } from "./model/wide-readers.ts";
import { type Swept, sweep } from "./sweep.ts";
import { pageTimes, type PageTimes } from "./model/page-times.ts";

export interface Step {
  users: number;
  postsPerSecond: number;
  store: StoreName;
  shards: number;
  queues: { fanout: number; counting: number; export: number };
  /** The components with the highest utilisation, each with the file that addresses it. */
  worst: { component: string; file: string; utilisation: number }[];
  visibleMs: { pushed: Percentiles; pulled: Percentiles; live: Percentiles };
  pageMs: PageTimes;
  dollars: Dollars;
  /** In GB after so long, in the store and in objects. */
  storageGB: Record<"day" | "month" | "year", number>;
  outages: Partial<Record<OutageName, Outcome>>;
}

type Outcome = Pick<Simulated, "refused" | "deadLetters" | "recoveryMs" | "backlog">;

/** Where something passes a share of its limit, all else grown as far as it goes. */
export interface Stop {
  component: string;
  file: string;
  unit: string;
  /** Posts a second at 70 % and at 100 % of its limit; null if the target does not reach it. */
  at70: number | null;
  at100: number | null;
  /** The share of its limit at the target. */
  atTarget: number;
  ofStore: boolean;
}

export interface ScaleResult {
  store: CountedStore;
  steps: Step[];
  stops: Stop[];
  grows: string[];
  /** Reads of people who follow many; null for a store that has no calls to count. */
  wide: WideRead[] | null;
  /** The cost of a page's counts and heads for each value of the unknowns. */
  near: NearRead[];
  sweeps: Swept[];
  validation: { worstFit: { verb: string; share: number }; run?: Compared[] };
}

/** The options of a run of the model. */
export interface ModelRequest {
  store: CountedStore;
  /** As many shards at every step; null to grow. */
  shards: number | null;
  /** Outages to simulate at every step. */
  outages: readonly OutageName[];
  seed: number;
}

const WORST_SHOWN = 8;

/** Runs the model at every step. */
export function runModel(
  inputs: Inputs,
  request: ModelRequest,
  progress: (text: string) => void,
): ScaleResult {
  const steps = setupsOf(inputs, request.shards).map((setup) => {
    progress(`${setup.users.toLocaleString("en")} users`);
    return stepOf(inputs, setup, request);
  });
  progress("where each part stops");
  return {
    store: request.store,
    steps,
    stops: stopsOf(inputs, request.shards),
    grows: growing(inputs, request.shards),
    wide: request.store === "objects" ? wideReads(inputs) : null,
    near: nearReads(inputs),
    sweeps: sweep(inputs, request.shards, request.seed),
    validation: { worstFit: verbsOf(inputs.calibration).worstFit() },
  };
}

function stepOf(inputs: Inputs, setup: Setup, request: ModelRequest): Step {
  const { pushed, pulled, live } = simulate(inputs, setup, { seed: request.seed });
  const bytes = storedBytes(inputs, setup);
  const gigabytes = (when: keyof typeof bytes) =>
    Math.round((bytes[when].store + bytes[when].objects) / 1e7) / 100;
  const outages = Object.fromEntries(
    request.outages.map((name) => [name, outcomeOf(inputs, setup, name, request.seed)]),
  );
  return {
    users: setup.users,
    postsPerSecond: setup.postsPerS,
    store: request.store,
    shards: setup.shards,
    queues: {
      fanout: setup.fanoutQueues,
      counting: setup.countingQueues,
      export: setup.exportQueues,
    },
    worst: mostUsed(componentsOf(inputs, setup)).slice(0, WORST_SHOWN),
    visibleMs: { pushed, pulled, live },
    pageMs: pageTimes(inputs, setup, request.seed),
    dollars: dollarsOf(inputs, setup),
    storageGB: { day: gigabytes("day"), month: gigabytes("month"), year: gigabytes("year") },
    outages,
  };
}

function outcomeOf(inputs: Inputs, setup: Setup, name: OutageName, seed: number): Outcome {
  if (name === "deploy") {
    const recoveryMs = rejoinedAfterMs(inputs, setup, seed);
    return { refused: 0, deadLetters: 0, recoveryMs, backlog: 0 };
  }
  const outage = OUTAGES[name];
  const { refused, deadLetters, recoveryMs, backlog } = simulate(inputs, setup, { seed, outage });
  return { refused, deadLetters, recoveryMs, backlog };
}

function mostUsed(components: readonly Component[]): Step["worst"] {
  return components
    .map(({ name, file, load, capacity }) => ({
      component: name,
      file,
      utilisation: Number((load / capacity).toPrecision(3)),
    }))
    .sort((a, b) => b.utilisation - a.utilisation);
}

/** Posts a second that the search for a stop looks at: each a tenth more than the one before. */
function* scales(inputs: Inputs): Generator<number> {
  const most = inputs.workload.get("users");
  for (let users = 1_000; users < most; users *= 1.1) yield users;
  for (let users = most; users < most * 2; users *= 1.1) yield users;
}

function stopsOf(inputs: Inputs, shards: number | null): Stop[] {
  const stops = new Map<string, Stop>();
  for (const users of scales(inputs)) {
    const setup = setupOf(inputs, users, shards);
    const components = componentsOf(inputs, setup);
    for (const { name, file, unit, load, capacity, ofStore = false } of components) {
      const used = load / capacity;
      const known = stops.get(name) ?? {
        component: name,
        file,
        unit,
        at70: null,
        at100: null,
        atTarget: 0,
        ofStore,
      };
      if (users <= inputs.workload.get("users")) known.atTarget = used;
      if (used >= COMFORTABLE) known.at70 ??= setup.postsPerS;
      if (used >= 1) known.at100 ??= setup.postsPerS;
      stops.set(name, known);
    }
  }
  return [...stops.values()].sort((a, b) => (a.at100 ?? Infinity) - (b.at100 ?? Infinity));
}

/** The components whose load, each as one of its kind, is larger with ten times the users. */
function growing(inputs: Inputs, shards: number | null): string[] {
  const target = inputs.workload.get("users");
  const loads = [target / 10, target].map(
    (users) =>
      new Map(
        componentsOf(inputs, setupOf(inputs, users, shards)).map((one) => [one.name, one.load]),
      ),
  );
  const [before, after] = loads;
  return [...(after ?? [])]
    .filter(([name, load]) => load > 1.02 * (before?.get(name) ?? 0))
    .map(([name]) => name);
}
