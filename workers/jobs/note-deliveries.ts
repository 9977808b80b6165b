/** What fan-out counts of its deliveries. */
import type { Delivery } from "../../feed/timeline/entry.ts";
import { entryAuthor } from "../../feed/timeline/entry.ts";
import { idTimeMs, type UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";

/**
 * Notes what became of a call with some changes. Posts and reposts count, and those that are kept were
 * under way since their id was made; what an author's own timeline gets again reaches no follower.
 */
export function noteDeliveries(
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

/** Notes that a celebrity's outbox has a change, from where followers pull it. */
export function noteAppended(
  { meter, nowMs }: Pick<Deps, "meter" | "nowMs">,
  change: Delivery,
): void {
  if (change.kind !== "entry") return;
  meter.time("delivery_lag", "outbox", nowMs() - idTimeMs(change.entry.id));
}
