/**
 * Follow edges: the follower's side in the store is the truth, and this brings the followee's side
 * and the follower's timeline in step with it. The order is rule 1 of the seams: the follower row
 * first, so that fan-out delivers; then the timeline accepts the author; then the store is read;
 * then what was read is handed over. A post published in between is in the read or delivered.
 */
import type { Edge } from "../../db/store.ts";
import type { PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { EdgesJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { watchThreshold } from "./threshold.ts";
import { parseHint } from "../region.ts";
import { newestInStore } from "../timeline/authors.ts";

/** Does an edges job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runEdgesJob(deps: Deps, job: EdgesJob): Promise<void> {
  const pairs = job.followees.map((followee) => ({ follower: job.follower, followee }));
  const edges = await deps.store.graph.edges(pairs);
  if (job.timeline === "rebuild") {
    await bringInBulk(deps, edges);
    return;
  }
  await bringEdges(deps, edges, parseHint(job.hint));
}

/** Brings the followees' side of edges and the followers' timelines in step, one by one. */
export async function bringEdges(
  deps: Deps,
  edges: readonly Edge[],
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  await deps.store.graph.applyEdges(edges, deps.nowMs());
  const followees = edges.map((edge) => edge.followee);
  // After the followers' rows are written: an epoch that begins from now on is told to them too.
  const modes = await watchThreshold(deps, followees);
  for (const edge of edges)
    await bringTimeline(deps, { edge, mode: modes.get(edge.followee), hint });
}

/**
 * Brings many edges in step at once. Timelines that exist are made cold; those of followers who
 * have never read one stay untouched, and fan-out skips them until they do.
 */
export async function bringInBulk(deps: Deps, edges: readonly Edge[]): Promise<void> {
  const followers = [...new Set(edges.map((edge) => edge.follower))];
  const wokenBefore = await deps.store.graph.woken(followers);
  const [asleep, awake] = [
    edges.filter((edge) => !wokenBefore.has(edge.follower)),
    edges.filter((edge) => wokenBefore.has(edge.follower)),
  ];
  await deps.store.graph.applyEdges(asleep, 0);
  await deps.store.graph.applyEdges(awake, deps.nowMs());
  await watchThreshold(
    deps,
    edges.map((edge) => edge.followee),
  );
  // Asked again after the rows are written: a timeline that woke meanwhile woke none of these rows.
  const woken = await deps.store.graph.woken(followers);
  await Promise.all(
    [...woken].map((follower) => deps.homes.call(follower, (home) => home.forget())),
  );
}

async function bringTimeline(
  deps: Deps,
  what: { edge: Edge; mode: PullMode | undefined; hint: DurableObjectLocationHint | null },
): Promise<void> {
  const { edge, mode, hint } = what;
  const { follower, followee, version, following } = edge;
  const change = { author: followee, version, following, ...(mode === undefined ? {} : { mode }) };
  const answer = await deps.homes.call(
    follower,
    async (home) => await home.setFollow(change),
    hint,
  );
  if (answer.status === "moot" || !following || answer.horizon === null) return;
  const slice = await newestInStore(deps, [followee], answer.horizon, deps.config.TIMELINE_MAX);
  await deps.homes.call(follower, (home) => home.backfill({ author: followee, version, slice }));
}
