/**
 * Fan-out: a batch of jobs becomes one call per recipient, with bounded concurrency and a timeout
 * per call. The job reads the author's delivery mode (push, pull or both) when it runs, not when it
 * was made: followers who pull since then read older posts from the author feed, which is filled
 * from the store. Every job has an outcome. A job whose store or author feed failed is retried
 * whole; a job with unreached recipients is retried for only them.
 */
import pMap from "p-map";
import { groupByRecipient } from "../../feed/delivery/fanout.ts";
import type { UserId } from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { forEachJob, type JobFailures } from "./each-job.ts";
import {
  appendToAuthorFeed,
  deliverToRecipients,
  markDormantFollowers,
} from "./fanout-delivery.ts";
import { type FanoutPlan, planFanout } from "./fanout-plan.ts";

/** The result of one job. */
export type FanoutOutcome =
  | { job: FanoutJob; status: "done" }
  /** These recipients did not answer; all others have the change. */
  | { job: FanoutJob; status: "unreached"; recipients: UserId[] }
  /** The store or the author feed did not answer, so the whole job has to run again. */
  | { job: FanoutJob; status: "failed"; error: unknown };

/** Delivers a batch of jobs. @returns an outcome for each job, in order */
export async function runFanout(deps: Deps, jobs: readonly FanoutJob[]): Promise<FanoutOutcome[]> {
  const failures: JobFailures<FanoutJob> = new Map();
  const plans = await planFanout(deps, jobs, failures);
  const forAuthorFeeds = plans.filter((plan) => plan.toAuthorFeed);
  const [{ unreached, cold }] = await Promise.all([
    deliverToRecipients(deps, groupByRecipient(plans)),
    forEachJob(forAuthorFeeds, failures, (plan) => appendToAuthorFeed(deps, plan)),
  ]);
  await pMap(plans, (plan) => markDormantFollowers(deps, plan, cold));
  const planOf = new Map(plans.map((plan) => [plan.job, plan]));
  return jobs.map((job) =>
    failures.has(job)
      ? { job, status: "failed", error: failures.get(job) }
      : outcomeOf(job, planOf.get(job), unreached),
  );
}

function outcomeOf(
  job: FanoutJob,
  plan: FanoutPlan | undefined,
  unreached: ReadonlySet<UserId>,
): FanoutOutcome {
  const recipients = (plan?.recipients ?? []).filter((recipient) => unreached.has(recipient));
  return recipients.length === 0
    ? { job, status: "done" }
    : { job, status: "unreached", recipients };
}
