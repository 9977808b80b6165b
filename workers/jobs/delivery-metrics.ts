/** The metrics of fan-out: how many deliveries there were, and how late they came. */
import type { Delivery } from "../../feed/timeline/entry.ts";
import { entryAuthor } from "../../feed/timeline/entry.ts";
import { idTimeMs, type UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";

/**
 * Records the outcome of one call with changes. Only posts and reposts count, and the lag of a kept
 * one runs from the time in its id. A delivery to the author's own timeline does not count, because
 * it reaches no follower.
 */
export function recordDeliveries(
  { meter, nowMs }: Pick<Deps, "meter" | "nowMs">,
  recipient: UserId,
  changes: readonly Delivery[],
  outcome: "kept" | "cold" | "failed",
): void {
  const atMs = nowMs();
  for (const change of changes) {
    if (change.kind !== "entry" || entryAuthor(change.entry) === recipient) continue;
    meter.count("deliveries", outcome);
    if (outcome === "kept") {
      meter.time("delivery_lag", "timeline", atMs - idTimeMs(change.entry.id));
    }
  }
}

/** Records that a celebrity's author feed has a change, so that followers can pull it. */
export function recordAppend(
  { meter, nowMs }: Pick<Deps, "meter" | "nowMs">,
  change: Delivery,
): void {
  if (change.kind !== "entry") return;
  meter.time("delivery_lag", "outbox", nowMs() - idTimeMs(change.entry.id));
}
