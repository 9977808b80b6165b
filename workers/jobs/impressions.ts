/** What a viewer has seen: kept for training, and told to the viewer's timeline. */
import { traitsOfPost } from "../../feed/rank/engagement-history.ts";
import type { ImpressionsJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";

/** Does an impressions job. @throws StoreUnavailable, ObjectUnavailable */
export async function runImpressionsJob(deps: Deps, job: ImpressionsJob): Promise<void> {
  const { id, viewer, items } = job;
  await deps.training.keepImpressions(id, viewer, items);
  const unknown = await deps.homes.call(
    viewer,
    async (home) => await home.recordImpressions(id, items, null),
  );
  if (unknown.length === 0) return;
  // What is pulled, or below the window, only the store knows; what is deleted, nobody.
  const posts = await deps.store.posts.byIds(unknown);
  const about = new Map([...posts].map(([post, body]) => [post, traitsOfPost(body)]));
  await deps.homes.call(viewer, async (home) => await home.recordImpressions(id, items, about));
}
