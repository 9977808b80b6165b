/**
 * Follows and unfollows. One batch writes the follower's side together with a job; the job runs
 * before the answer, and by the sweep if that fails.
 */
import { edgesJob } from "../../feed/delivery/new-jobs.ts";
import { idBucket, type UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { markForExport } from "../export/event-queue.ts";
import { runEdgesJob } from "../jobs/edges.ts";
import { finishJobs } from "../jobs/finish.ts";

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
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function setFollow(
  deps: Deps,
  request: FollowRequest,
  hint: DurableObjectLocationHint | null,
): Promise<FollowOutcome> {
  const { follower, followee, following } = request;
  if (following) {
    const refusal = await refusalOf(deps, follower, followee);
    if (refusal !== null) return refusal;
  }
  const unmarked = edgesJob(deps.newId(idBucket(follower)), {
    follower,
    followees: [followee],
    timeline: "backfill",
    hint,
  });
  const marked = markForExport(deps.events, following ? "follow" : "unfollow", unmarked);
  const written = await deps.store.graph.setEdge({ ...request, nowMs: deps.nowMs() }, marked);
  if (following && !written.following) return "blocked";
  // An unchanged edge exports no event but is propagated again.
  const job = written.changed ? marked : unmarked;
  await runEdgesJob(deps, job);
  await finishJobs(deps, [job]);
  return "done";
}

/** Why an account may not follow another; null if it may. A follow that exists may be repeated. */
async function refusalOf(
  deps: Deps,
  follower: UserId,
  followee: UserId,
): Promise<"no_account" | "too_many" | null> {
  const account = (await deps.store.accounts.byIds([follower])).get(follower);
  if (account === undefined) return "no_account";
  if (account.counts.following < FOLLOWING_MAX) return null;
  const [edge] = await deps.store.graph.edges([{ follower, followee }]);
  return edge?.following === true ? null : "too_many";
}
