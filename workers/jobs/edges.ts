/**
 * Follow edges: the follower's side in the store is the source of truth, and these functions bring
 * the followee's side and the follower's timeline in step with it. The order is: write the follower
 * row, so that fan-out delivers; then the timeline accepts the author; then read the store; then hand
 * over the entries. So a post that is published in between is in the read or in the deliveries.
 */
import type { Edge } from "../../db/store.ts";
import { deliveryMode, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { EdgesJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import type { UserId } from "../../feed/ids.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { catchUpAuthorFeed } from "../pull/fill.ts";
import { parseHint } from "../region.ts";
import { newestInStore } from "../pull/author-posts.ts";
import { applyThreshold } from "./threshold.ts";

/** Runs an edges job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runEdgesJob(deps: Deps, job: EdgesJob): Promise<void> {
  const pairs = job.followees.map((followee) => ({ follower: job.follower, followee }));
  const edges = await deps.store.graph.edges(pairs);
  if (job.timeline === "rebuild") await propagateEdgesInBulk(deps, edges);
  else await propagateEdges(deps, edges, parseHint(job.hint));
}

/**
 * Brings the followees' side of edges and the followers' timelines in step, one edge after another.
 * @param hint where to place a follower's timeline that has never been called
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function propagateEdges(
  deps: Deps,
  edges: readonly Edge[],
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  await deps.store.graph.applyEdges(edges, deps.nowMs());
  const followees = edges.map((edge) => edge.followee);
  // The followers' rows are written by now, so an epoch that starts from here on reaches them too.
  const modes = await applyThreshold(deps, followees);
  for (const edge of edges) {
    await updateTimeline(deps, { edge, mode: modes.get(edge.followee), hint });
  }
}

/**
 * Brings many edges in step at once. Timelines that exist become cold, so that their next read
 * rebuilds them. Followers who have never read one stay asleep: fan-out skips them until they do.
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function propagateEdgesInBulk(deps: Deps, edges: readonly Edge[]): Promise<void> {
  const followers = [...new Set(edges.map((edge) => edge.follower))];
  const wokenBefore = await deps.store.graph.woken(followers);
  const [asleep, awake] = [
    edges.filter((edge) => !wokenBefore.has(edge.follower)),
    edges.filter((edge) => wokenBefore.has(edge.follower)),
  ];
  await deps.store.graph.applyEdges(asleep, 0);
  await deps.store.graph.applyEdges(awake, deps.nowMs());
  await applyThreshold(
    deps,
    edges.map((edge) => edge.followee),
  );
  // Read again after the rows are written: a timeline that woke meanwhile did not wake these rows.
  const woken = await deps.store.graph.woken(followers);
  await Promise.all(
    [...woken].map((follower) => deps.homes.call(follower, (home) => home.forget())),
  );
}

/** Sets an edge in the follower's timeline, and backfills the followee's entries. */
async function updateTimeline(
  deps: Deps,
  change: { edge: Edge; mode: PullMode | undefined; hint: DurableObjectLocationHint | null },
): Promise<void> {
  const { edge, mode, hint } = change;
  const { follower, followee, version, following } = edge;
  const feedVersion = following ? await feedVersionOf(deps, followee, mode) : null;
  const known = mode === undefined ? {} : { mode };
  const follow = { author: followee, version, following, feedVersion, ...known };
  const answer = await deps.homes.call(
    follower,
    async (home) => await home.setFollow(follow),
    hint,
  );
  if (answer.status === "moot" || !following || answer.horizon === null) return;
  const slice = await newestInStore(deps, [followee], answer.horizon, deps.config.TIMELINE_MAX);
  await deps.homes.call(follower, (home) => home.backfill({ author: followee, version, slice }));
}

/**
 * The version of a pulled author's feed that has all that they had written; null if they are pushed.
 * A feed that does not answer keeps nobody from following: pages say that they lack it.
 */
async function feedVersionOf(
  deps: Deps,
  author: UserId,
  mode: PullMode | undefined,
): Promise<number | null> {
  if (mode === undefined || deliveryMode(mode.epoch) === "push") return null;
  try {
    return (await catchUpAuthorFeed(deps, author, mode.epoch))?.version ?? null;
  } catch (error) {
    if (!(error instanceof ObjectUnavailable)) throw error;
    console.warn("a new follower of an author feed does not know its version", { author });
    return null;
  }
}
