/**
 * Follows and unfollows. One batch writes the follower's side together with a job; the job runs
 * before the answer, and by the sweep if that fails.
 */
import { edgesJob } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";
import { markForExport } from "../export/event-queue.ts";
import { runEdgesJob } from "../jobs/edges.ts";
import { finishJobs } from "../jobs/finish.ts";
import { drawIds } from "../draw-ids.ts";
import { isBlocked } from "../hidden.ts";

/** A follow edge as its follower wants it to be. */
export interface FollowRequest {
  follower: UserId;
  followee: UserId;
  following: boolean;
}

export type FollowOutcome =
  | "done"
  /** The follower's account is gone. */
  | "no_account"
  /** The follower follows `FOLLOWING_MAX` accounts already. */
  | "too_many"
  /** One of the two has blocked the other. */
  | "blocked";

/**
 * Sets or removes a follow; safe to repeat. When it returns, both sides and the follower's timeline
 * have it.
 * @param hint where to place the follower's timeline if this is the first call to it
 * @throws StoreUnavailable, ObjectUnavailable, LimitExceeded
 */
export async function setFollow(
  deps: Deps,
  request: FollowRequest,
  hint: DurableObjectLocationHint | null,
): Promise<FollowOutcome> {
  const { follower, followee, following } = request;
  if (following && !(await deps.store.accounts.byIds([follower])).has(follower))
    return "no_account";
  await deps.budgets.spend(follower, { writes: 1 }, hint);
  const { written, job } = await drawIds(async () => {
    const unmarked = edgesJob(deps.newId(follower), {
      follower,
      followees: [followee],
      timeline: "backfill",
      hint,
    });
    const marked = markForExport(deps.events, following ? "follow" : "unfollow", unmarked);
    const edge = await deps.store.graph.setEdge({ ...request, nowMs: deps.nowMs() }, marked);
    // An unchanged edge exports no event but is propagated again.
    return { written: edge, job: edge.changed ? marked : unmarked };
  });
  if (following && !written.following) {
    return (await isBlocked(deps, follower, followee)) ? "blocked" : "too_many";
  }
  await runEdgesJob(deps, job);
  await finishJobs(deps, [job]);
  return "done";
}
