/** What becomes of a job that has been tried: done, tried again, or kept as a dead letter. */
import { retryDelayS, retryOf } from "../../feed/fanout.ts";
import { idBucket } from "../../feed/ids.ts";
import type { Job } from "../../feed/jobs.ts";
import { JOB_ATTEMPTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { runEdgesJob } from "./edges.ts";
import { runFanout } from "./fanout.ts";
import { runReplyJob } from "./reply.ts";

/** What is left to do of a job, and why; null when it is done. */
export interface Left {
  job: Job;
  reason: string;
}

/** Tries jobs, fan-out jobs together. @returns for each, in order, what is left of it */
export async function tryJobs(deps: Deps, jobs: readonly Job[]): Promise<(Left | null)[]> {
  const left = new Map<Job, Left | null>();
  const fanout = jobs.filter((job) => job.kind === "fanout");
  const others = jobs.filter((job) => job.kind !== "fanout");
  await Promise.all([
    tryFanout(deps, fanout).then((results) => {
      for (const [job, result] of results) left.set(job, result);
    }),
    ...others.map(async (job) => {
      left.set(job, await tryOne(deps, job));
    }),
  ]);
  return jobs.map((job) => left.get(job) ?? null);
}

/** Removes the outbox rows of finished jobs: the last step, after everything they promised. */
export async function finish(deps: Deps, jobs: readonly Job[]): Promise<void> {
  await deps.store.outbox.done(jobs.map((job) => ({ id: job.id, part: job.part })));
}

/** Arranges for what is left of a job to be tried again, or keeps it for people to look at. */
export async function settle(deps: Deps, left: Left): Promise<void> {
  const { job, reason } = left;
  if (job.attempt >= JOB_ATTEMPTS_MAX) {
    const id = deps.newId(idBucket(job.id));
    await deps.store.deadLetters.keep([{ id, reason, body: job }]);
    await finish(deps, [job]);
    return;
  }
  const delayS = retryDelayS(job.attempt);
  // The row says what is left before the message does, so that a crash repeats no more than that.
  await deps.store.outbox.put([job], deps.nowMs() + delayS * 1000 + OUTBOX_DUE_MS);
  await deps.queues.send([job], delayS);
}

async function tryFanout(
  deps: Deps,
  jobs: Extract<Job, { kind: "fanout" }>[],
): Promise<Map<Job, Left | null>> {
  const results = new Map<Job, Left | null>();
  if (jobs.length === 0) return results;
  try {
    for (const outcome of await runFanout(deps, jobs)) {
      if (outcome.status === "done") results.set(outcome.job, null);
      else if (outcome.status === "failed") {
        const reason = `${outcome.recipients.length} timelines did not answer`;
        results.set(outcome.job, { job: retryOf(outcome.job, outcome.recipients), reason });
      } else results.set(outcome.job, again(outcome.job, outcome.error));
    }
  } catch (error) {
    for (const job of jobs) results.set(job, again(job, error));
  }
  return results;
}

async function tryOne(deps: Deps, job: Exclude<Job, { kind: "fanout" }>): Promise<Left | null> {
  try {
    if (job.kind === "edges") await runEdgesJob(deps, job);
    else await runReplyJob(deps, job);
    return null;
  } catch (error) {
    return again(job, error);
  }
}

function again(job: Job, error: unknown): Left {
  return { job: { ...job, attempt: job.attempt + 1 }, reason: String(error) };
}
