/** Delivering fan-out: calls to the recipients' timelines and to author feeds. */
import { errorText } from "../../feed/error-text.ts";
import pMap from "p-map";
import { within } from "../../durable-objects/within.ts";
import type { Delivery } from "../../feed/timeline/entry.ts";
import { authorFeedEpoch } from "../../feed/delivery/delivery-mode.ts";
import type { UserId } from "../../feed/ids.ts";
import { DELIVERY_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { fillAuthorFeed } from "../pull/fill.ts";
import { recordAppend, recordDeliveries } from "./delivery-metrics.ts";
import type { FanoutPlan } from "./fanout-plan.ts";

/** The recipients that did not take their changes. */
export interface Undelivered {
  /** Their timelines did not answer in time, or failed. */
  unreached: Set<UserId>;
  /** Their timelines are cold: they need no delivery, because their next read rebuilds them. */
  cold: Set<UserId>;
}

/** Delivers each recipient's changes in one call. */
export async function deliverToRecipients(
  deps: Deps,
  changesByRecipient: ReadonlyMap<UserId, Delivery[]>,
): Promise<Undelivered> {
  const unreached = new Set<UserId>();
  const cold = new Set<UserId>();
  await pMap(
    changesByRecipient,
    async ([recipient, changes]) => {
      try {
        const answer = await within(
          deps.homes.call(recipient, async (home) => await home.deliver(changes)),
          { milliseconds: FANOUT_RPC_TIMEOUT_MS },
        );
        recordDeliveries(deps, recipient, changes, answer.status);
        if (answer.status === "cold") cold.add(recipient);
      } catch (error) {
        console.warn("delivery failed", { recipient, error: errorText(error) });
        recordDeliveries(deps, recipient, changes, "failed");
        unreached.add(recipient);
      }
    },
    { concurrency: DELIVERY_CONCURRENCY },
  );
  return { unreached, cold };
}

/**
 * Appends a plan's change to the author feed. A cold feed is filled from the store, which has the
 * change already. @throws ObjectUnavailable, StoreUnavailable
 */
export async function appendToAuthorFeed(deps: Deps, { job, epoch }: FanoutPlan): Promise<void> {
  const { author, change } = job;
  const answer = await within(
    deps.authorFeeds.call(author, async (feed) => await feed.append([change], epoch)),
    { milliseconds: FANOUT_RPC_TIMEOUT_MS },
  );
  if (answer.status === "cold") await fillAuthorFeed(deps, author, authorFeedEpoch(epoch));
  recordAppend(deps, change);
}

/**
 * Marks the followers with cold timelines as dormant, so that later fan-outs skip them. It never
 * throws: a follower that is not marked costs one call next time.
 */
export async function markDormantFollowers(
  deps: Deps,
  { job, followers }: FanoutPlan,
  cold: ReadonlySet<UserId>,
): Promise<void> {
  const dormant = followers.filter((follower) => cold.has(follower.id));
  if (dormant.length === 0) return;
  try {
    await deps.store.graph.markDormant(job.author, dormant);
  } catch (error) {
    console.warn("dormant followers could not be marked", errorText(error));
  }
}
