/** Impressions: stored for training, and recorded in the viewer's timeline. */
import { traitsOfPost } from "../../feed/rank/engagement-history.ts";
import type { ImpressionsJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { underNextFreeId } from "../draw-ids.ts";

/** Runs an impressions job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runImpressionsJob(deps: Deps, job: ImpressionsJob): Promise<void> {
  const { viewer, items } = job;
  const id = await underNextFreeId(job.id, (free) =>
    deps.training.storeImpressions(free, viewer, items),
  );
  const unknown = await deps.homes.call(
    viewer,
    async (home) => await home.recordImpressions(id, items, null),
  );
  if (unknown.length === 0) return;
  // Only the store has the traits of pulled posts and of posts below the hot window. A deleted post
  // has none.
  const posts = await deps.store.posts.byIds(unknown);
  const traits = new Map([...posts].map(([post, body]) => [post, traitsOfPost(body)]));
  await deps.homes.call(viewer, async (home) => await home.recordImpressions(id, items, traits));
}
