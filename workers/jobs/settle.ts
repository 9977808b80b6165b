/** What becomes of a job that has been tried: done, tried again, or kept as a dead letter. */
import { retryDelayS, retryOf } from "../../feed/delivery/fanout.ts";
import { idBucket } from "../../feed/ids.ts";
import type { FanoutJob, Job, ReplyJob, TallyJob } from "../../feed/delivery/jobs.ts";
import { BUCKETS, JOB_ATTEMPTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { runEdgesJob } from "./edges.ts";
import { runEraseJob } from "./erase.ts";
import { runFanout } from "./fanout.ts";
import { runImpressionsJob } from "./impressions.ts";
import { runModeJob } from "./mode.ts";
import { runRelationJob } from "./relation.ts";
import { tell } from "../export/event-queue.ts";
import { runTallies } from "./tally.ts";

/** Jobs that are done one by one. */
type SingleJob = Exclude<Job, FanoutJob | TallyJob | ReplyJob>;

/** What is left to do of a job, and why; null when it is done. */
export interface Left {
  job: Job;
  reason: string;
  /** The job whose outbox row this one takes the place of, under a key of its own. */
  instead?: Job;
}

/**
 * Tries jobs: fan-out jobs together, and counting jobs together, so that a batch makes one call per
 * recipient and per post. @returns for each, in order, what is left of it
 */
export async function tryJobs(deps: Deps, jobs: readonly Job[]): Promise<(Left | null)[]> {
  const left = new Map<Job, Left | null>();
  const counting: (TallyJob | ReplyJob)[] = [];
  const fanout: FanoutJob[] = [];
  const others: SingleJob[] = [];
  for (const job of jobs) {
    if (job.kind === "fanout") fanout.push(job);
    else if (job.kind === "tally" || job.kind === "reply") counting.push(job);
    else others.push(job);
  }
  const results = await Promise.all([
    tryFanout(deps, fanout),
    tryCounting(deps, counting),
    ...others.map(async (job) => new Map<Job, Left | null>([[job, await tryOne(deps, job)]])),
  ]);
  for (const result of results) for (const [job, rest] of result) left.set(job, rest);
  return jobs.map((job) => left.get(job) ?? null);
}

/**
 * Tells the export of finished jobs, and removes their outbox rows: the last step, after everything
 * they promised. @returns those whose rows stay, because what they tell could not be told
 */
export async function finish(deps: Deps, jobs: readonly Job[]): Promise<ReadonlySet<Job>> {
  // A mode job has told it before its row went.
  const unexported = await tell(
    deps.events,
    jobs.filter((job) => job.kind !== "mode"),
  );
  const told = jobs.filter((job) => !unexported.has(job));
  await deps.store.outbox.done(told.map((job) => ({ id: job.id, part: job.part })));
  return unexported;
}

/** Arranges for what is left of a job to be tried again, or keeps it for people to look at. */
export async function settle(deps: Deps, left: Left): Promise<void> {
  const { job, reason, instead } = left;
  // A migration is never given up: as long as one follower has not heard, posts go both ways.
  if (job.attempt >= JOB_ATTEMPTS_MAX && job.kind !== "mode") {
    const id = deps.newId(idBucket(job.id));
    await deps.store.deadLetters.keep([{ id, reason, body: job }]);
    deps.meter.count("jobs", "dead");
    await finish(deps, [instead ?? job]);
    return;
  }
  deps.meter.count("jobs", "retried");
  const delayS = retryDelayS(job.attempt);
  // The row says what is left before the message does, so that a crash repeats no more than that.
  await deps.store.outbox.put([job], deps.nowMs() + delayS * 1000 + OUTBOX_DUE_MS);
  if (instead !== undefined) await finish(deps, [instead]);
  await deps.queues.send([job], delayS);
}

async function tryFanout(deps: Deps, jobs: FanoutJob[]): Promise<Map<Job, Left | null>> {
  const results = new Map<Job, Left | null>();
  if (jobs.length === 0) return results;
  try {
    for (const outcome of await runFanout(deps, jobs)) {
      if (outcome.status === "done") results.set(outcome.job, null);
      else if (outcome.status === "failed") {
        const reason = `${outcome.recipients.length} timelines did not answer`;
        // A message may come twice and fail for others each time: each rest has a row of its own.
        const rest = retryOf(outcome.job, outcome.recipients, restPart());
        results.set(outcome.job, { job: rest, reason, instead: outcome.job });
      } else results.set(outcome.job, again(outcome.job, outcome.error));
    }
  } catch (error) {
    for (const job of jobs) results.set(job, again(job, error));
  }
  return results;
}

async function tryCounting(
  deps: Deps,
  jobs: (TallyJob | ReplyJob)[],
): Promise<Map<Job, Left | null>> {
  if (jobs.length === 0) return new Map();
  try {
    const failed = await runTallies(deps, jobs);
    return new Map(failed.map(({ job, error }) => [job, again(job, error)]));
  } catch (error) {
    return new Map(jobs.map((job) => [job, again(job, error)]));
  }
}

async function tryOne(deps: Deps, job: SingleJob): Promise<Left | null> {
  try {
    await runOne(deps, job);
    return null;
  } catch (error) {
    return again(job, error);
  }
}

function runOne(deps: Deps, job: SingleJob): Promise<void> {
  switch (job.kind) {
    case "edges":
      return runEdgesJob(deps, job);
    case "erase":
      return runEraseJob(deps, job);
    case "relation":
      return runRelationJob(deps, job);
    case "impressions":
      return runImpressionsJob(deps, job);
    case "served":
      return deps.training.keepPage(job);
    case "mode":
      return runModeJob(deps, job);
    case "counted":
      return deps.store.reactions.noteCounts(job.post, job.counts, job.version);
  }
}

/** A part that no planned part and no other rest of the same job has. */
function restPart(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return BUCKETS + random;
}

function again(job: Job, error: unknown): Left {
  return { job: { ...job, attempt: job.attempt + 1 }, reason: String(error) };
}
