/** Reports of impressions: recorded in the viewer's timeline, and folded into its history when it asks. */
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { traitsOfPost } from "../../feed/rank/engagement-history.ts";
import type { FoldRequest } from "../../durable-objects/home-timeline/engagement-store.ts";
import { errorText } from "../../feed/error-text.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Deps } from "../deps.ts";
import { logReports } from "./training-log.ts";

/** A report of what a viewer has seen. */
export interface Report {
  id: Id;
  viewer: UserId;
  items: readonly Impression[];
}

/**
 * Records a report, once however often it arrives.
 * @param hint where to place a timeline that has never been called
 * @param afterwards runs work that no answer waits for
 * @throws ObjectUnavailable
 */
export async function recordReport(
  deps: Deps,
  { id, viewer, items }: Report,
  hint: DurableObjectLocationHint | null,
  afterwards: (work: Promise<void>) => void,
): Promise<void> {
  const { fold, toLog } = await deps.homes.call(
    viewer,
    async (home) => await home.recordReport(id, items),
    hint,
  );
  if (fold !== null) afterwards(foldFor(deps, viewer, fold));
  if (toLog !== null) afterwards(logReports(deps, toLog));
}

/**
 * Has entries folded, with traits from the store. If that fails, the next report asks for it again: the
 * ring has room for some more.
 */
async function foldFor(deps: Deps, viewer: UserId, { to, posts }: FoldRequest): Promise<void> {
  try {
    // Only the store has the traits of pulled posts and of posts below the hot window. A deleted post
    // has none.
    const bodies = await deps.store.posts.byIds(posts);
    const traits = new Map([...bodies].map(([post, body]) => [post, traitsOfPost(body)]));
    const toLog = await deps.homes.call(
      viewer,
      async (home) => await home.foldEngagement(to, traits),
    );
    await logReports(deps, toLog);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.warn("engagement is not folded yet", { viewer, error: errorText(error) });
  }
}
