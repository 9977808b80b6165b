/** Impressions that an earlier version of the Worker has queued. */
import type { ImpressionsJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { recordReport } from "../engagement/record-report.ts";

/** Runs an impressions job; safe to repeat. @throws ObjectUnavailable */
export async function runImpressionsJob(deps: Deps, job: ImpressionsJob): Promise<void> {
  const rest: Promise<void>[] = [];
  await recordReport(deps, job, null, (work) => rest.push(work));
  await Promise.all(rest);
}
