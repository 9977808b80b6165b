/**
 * Counts that include what the viewer has just done. Published counts may lack it for a minute, so for
 * these posts the counter itself is asked, and gets the tally that its queue may still hold.
 */
import { errorText } from "../../feed/error-text.ts";
import pMap from "p-map";
import { within } from "../../durable-objects/within.ts";
import type { OwnChanges } from "../../durable-objects/home-timeline/viewer-state.ts";
import type { PostId } from "../../feed/ids.ts";
import { COUNTS_READ_BUDGET_MS, FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import { type Tally, tallyAlone } from "../../feed/counts/tally.ts";
import type { Deps } from "../deps.ts";

/** The counts of posts that the viewer has just changed; a post whose counter is late is missing. */
export async function countsWithOwn(
  deps: Pick<Deps, "counters">,
  changes: OwnChanges,
): Promise<Map<PostId, Counts>> {
  const counts = new Map<PostId, Counts>();
  await pMap(
    Object.entries(changes),
    async ([post, tally]) => {
      try {
        const now = countsWithTally(deps, post, tally);
        counts.set(post, await within(now, { milliseconds: COUNTS_READ_BUDGET_MS }));
      } catch (error) {
        console.warn("a counter does not answer", { post, error: errorText(error) });
      }
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return counts;
}

/** A post's counts with a tally, which the counter applies if it is news. @throws ObjectUnavailable */
export function countsWithTally(
  deps: Pick<Deps, "counters">,
  post: PostId,
  tally: Tally | null,
): Promise<Counts> {
  const buckets = tally === null ? [] : [tallyAlone(tally)];
  return deps.counters.apply(post, { buckets, replies: null });
}
