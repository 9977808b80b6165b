/**
 * Every name that the code addresses, with what it gets at a step and what it can take. A utilisation of
 * 1 is the platform's limit.
 */
import {
  AGGREGATOR_CALLS_PER_S,
  BUCKETS,
  COUNTER_CHILDREN,
  COUNTER_DEPTH,
  COUNTER_SPLIT_CALLS_PER_S,
  DELIVERY_CONCURRENCY,
  FIGURES_EVERY_MAX_MS,
  FOLLOWERS_PER_PART,
  ID_DRAWS_MAX,
} from "../../../feed/limits.ts";
import { REGIONS } from "../../../feed/delivery/regions.ts";
import type { Inputs } from "../inputs.ts";
import type { Component } from "./component.ts";
import { hubLoad } from "./hubs.ts";
import { memories } from "./memories.ts";
import { batchSizes, countingMessages, loadOf, type Rates, type Setup } from "./rates.ts";
import { verbsOf } from "./operations.ts";
import { storeComponents } from "./store-components.ts";

export function componentsOf(inputs: Inputs, setup: Setup): Component[] {
  const verbs = verbsOf(inputs.calibration);
  const { rates } = loadOf(inputs, setup);
  const seen = { inputs, setup, rates };
  return [
    ...storeComponents(inputs, setup, verbs),
    fullFanoutBatch(seen),
    ...memories(inputs, setup, rates),
    ...queues(seen),
    ...hotObjects(seen),
    ...regional(seen),
  ];
}

interface Seen {
  inputs: Inputs;
  setup: Setup;
  rates: Rates;
}

function fullFanoutBatch({ inputs, setup, rates }: Seen): Component {
  return {
    name: `a full batch of fan-out: a part of ${FOLLOWERS_PER_PART} followers each`,
    file: "workers/jobs/fanout.ts",
    load: batchSizes(rates, setup).fanout * Math.min(FOLLOWERS_PER_PART, setup.users),
    capacity: inputs.platform.limit("subrequests"),
    unit: "calls of an invocation",
  };
}

/** Deliveries a second that the consumers of one queue make: so many lanes each, a call after the other. */
export function deliveriesOfQueue({ workload }: Inputs): number {
  const far = workload.get("farShareOfDeliveries");
  const callMs = far * workload.get("farCallMs") + (1 - far) * workload.get("objectCallMs");
  return (workload.get("consumersOfOneQueue") * DELIVERY_CONCURRENCY * 1_000) / callMs;
}

function queues({ inputs, setup, rates }: Seen): Component[] {
  const capacity = inputs.platform.limit("queueMessagesPerS");
  const queue = (name: string, file: string, load: number): Component => ({
    name,
    file,
    load,
    capacity,
    unit: "messages/s",
  });
  const counting = countingMessages(rates);
  const reports = rates.report + rates["report that fills a ring"];
  const events = rates.post + rates.like + reports + rates.follow + rates.delete;
  return [
    queue("a fan-out queue", "durable-objects/job-queues.ts", rates.fanout / setup.fanoutQueues),
    {
      name: "the consumers of a fan-out queue",
      file: "workers/jobs/fanout-delivery.ts",
      load: rates.delivery / setup.fanoutQueues,
      capacity: deliveriesOfQueue(inputs),
      unit: "deliveries/s",
    },
    queue("a counting queue", "durable-objects/job-queues.ts", counting / setup.countingQueues),
    queue(
      "the first counting queue: all `counted`",
      "durable-objects/post-counter/publisher.ts",
      counting / setup.countingQueues + rates.counted,
    ),
    queue("the export queue", "workers/export/event-queue.ts", events / setup.exportQueues),
    {
      name: "the queues of the account",
      file: "workers/deps.ts",
      load: setup.fanoutQueues + setup.countingQueues + setup.exportQueues,
      capacity: inputs.platform.limit("queues"),
      unit: "queues",
    },
  ];
}

/** Objects and rows that one hot post or one hot author is behind. */
function hotObjects({ inputs, setup, rates }: Seen): Component[] {
  const { platform, workload } = inputs;
  const hot = (rate: number, share: string) => rate * workload.get(share);
  const likes = hot(rates.like, "hottestShareOfLikes");
  const batch = batchSizes(rates, setup);
  // A batch makes one call per post: the hottest has its share of a batch's messages, at least a call.
  const perBatch = Math.max(1, batch.counting * workload.get("hottestShareOfLikes"));
  return [
    {
      name: "a node of the counter of the hottest post",
      file: "durable-objects/post-counter/counter-tree.ts",
      load: callsOfNode(likes, perBatch),
      capacity: platform.limit("objectWritesPerS"),
      unit: "calls/s",
    },
    {
      name: "the hubs that the counter of the hottest post calls",
      file: "durable-objects/live/hub-calls.ts",
      load: REGIONS.length,
      capacity: platform.limit("objectRequestsPerS"),
      unit: "calls/s",
    },
  ];
}

/**
 * Calls a second of the busiest node of a counter that gets so many likes. A batch makes one call while the
 * counter is whole; of a split one it makes one for each node that it has a like for. The node above a split
 * one gets a report a second from each of its children.
 */
function callsOfNode(likes: number, perBatch: number): number {
  let calls = likes / perBatch;
  for (let depth = 1; calls > COUNTER_SPLIT_CALLS_PER_S && depth <= COUNTER_DEPTH; depth++) {
    calls = Math.max(COUNTER_CHILDREN, likes / COUNTER_CHILDREN ** depth);
  }
  return calls;
}

/** What each region has one of, or each isolate. */
function regional({ inputs, setup, rates }: Seen): Component[] {
  const { platform } = inputs;
  const isolates = isolatesPerRegion(inputs, rates);
  const objectCalls = platform.limit("objectRequestsPerS");
  const hub = hubLoad(inputs, setup, rates);
  return [
    {
      name: "a hub: calls",
      file: "durable-objects/hub/topics.ts",
      load: hub.received + hub.made,
      capacity: objectCalls,
      unit: "calls/s",
    },
    {
      name: "a hub: members and hubs that it calls for one post",
      file: "durable-objects/hub/forwarder.ts",
      load: hub.callsOfPost,
      capacity: platform.limit("subrequests"),
      unit: "calls for one post",
    },
    {
      name: "the feed of the author that most isolates read",
      file: "workers/pull/pulled-pages.ts",
      load: isolates * REGIONS.length,
      capacity: objectCalls,
      unit: "calls after a post",
    },
    {
      name: "the metrics aggregator of a region",
      file: "durable-objects/metrics-aggregator/metrics-aggregator.ts",
      load: (isolates * 1_000) / FIGURES_EVERY_MAX_MS,
      capacity: Math.max(AGGREGATOR_CALLS_PER_S, objectCalls),
      unit: "calls/s",
    },
    {
      name: "ids that are drawn again",
      file: "workers/draw-ids.ts",
      load: (rates.post / 1_000 / BUCKETS / 2 ** 25) ** ID_DRAWS_MAX,
      capacity: 1e-12,
      unit: "posts of one",
    },
  ];
}

/** How many isolates a region has, by the requests that one gets. */
function isolatesPerRegion({ workload }: Inputs, rates: Rates): number {
  const requests =
    rates.page +
    rates["ranked page"] +
    rates.report +
    rates.like +
    rates["read a post"] +
    rates.post;
  return Math.max(1, requests / REGIONS.length / workload.get("requestsPerIsolateS"));
}
