/** What a viewer has seen: kept for training, and told to the viewer's timeline. */
import type { ImpressionsJob } from "../../feed/jobs.ts";
import type { Deps } from "../deps.ts";

/** Does an impressions job. @throws StoreUnavailable, ObjectUnavailable */
export async function runImpressionsJob(deps: Deps, job: ImpressionsJob): Promise<void> {
  await deps.store.impressions.keepImpressions(job.id, job.viewer, job.items);
  await deps.homes.call(job.viewer, (home) => home.attend(job.id, job.items));
}
