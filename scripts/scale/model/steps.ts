/** The steps from a thousand users to the target, and how each is set up. */
import { BUCKETS } from "../../../feed/limits.ts";
import type { Inputs } from "../inputs.ts";
import { deliveriesOfQueue } from "./components.ts";
import { hubsFor } from "./hubs.ts";
import { countingMessages, loadOf, ratesOf, type Setup } from "./rates.ts";

/** As wrangler.toml ships. */
export const SHIPPED = {
  shards: 2,
  fanoutQueues: 2,
  countingQueues: 2,
  exportQueues: 1,
  hubs: 1,
} as const;
/** The share of a limit that a set-up stays below. */
export const COMFORTABLE = 0.7;

const STEPS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 4e8] as const;

/** The stores that the model knows. */
export const STORES = ["d1", "upstash", "objects"] as const;
export type StoreName = (typeof STORES)[number];

/**
 * The set-up of each step. An operator doubles the shards, and adds queues of both kinds and hubs, as long as
 * they are more than comfortably used; the export's queue is one.
 * @param shards as many at every step; null to grow
 */
export function setupsOf(inputs: Inputs, shards: number | null): Setup[] {
  return STEPS.map((users) => setupOf(inputs, users, shards));
}

/** The same for any number of users. */
export function setupOf(inputs: Inputs, users: number, fixed: number | null): Setup {
  const { workload, platform } = inputs;
  const postsPerS = (users / workload.get("users")) * workload.get("postsPerS");
  let setup: Setup = { users, postsPerS, ...SHIPPED, ...(fixed === null ? {} : { shards: fixed }) };
  const rates = ratesOf(workload, setup);
  const perQueue = COMFORTABLE * platform.limit("queueMessagesPerS");
  setup = {
    ...setup,
    fanoutQueues: doubled(
      SHIPPED.fanoutQueues,
      Math.max(rates.fanout / perQueue, rates.delivery / (COMFORTABLE * deliveriesOfQueue(inputs))),
    ),
    countingQueues: doubled(SHIPPED.countingQueues, countingMessages(rates) / perQueue),
    hubs: hubsFor(inputs, setup, rates, COMFORTABLE),
  };
  if (inputs.store === "objects") return { ...setup, shards: users };
  if (fixed !== null) return setup;
  while (setup.shards < BUCKETS) {
    const { statementsPerShard } = loadOf(inputs, setup);
    if (statementsPerShard <= COMFORTABLE * platform.limit("d1StatementsPerS")) break;
    setup = { ...setup, shards: setup.shards * 2 };
  }
  return setup;
}

/** The smallest power of two times `from` that is at least `needed`. */
function doubled(from: number, needed: number): number {
  return from * 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, needed / from))));
}
