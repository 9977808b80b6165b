/** Running jobs: each kind by its own code, and some kinds together. */
import { errorText } from "../../feed/error-text.ts";
import { retryOf } from "../../feed/delivery/fanout.ts";
import type {
  AccountJob,
  EraseJob,
  FanoutJob,
  Job,
  OrphanJob,
  ReplyJob,
  ServedJob,
  TallyJob,
} from "../../feed/delivery/jobs.ts";
import { BUCKETS, ERASE_PAGE } from "../../feed/limits.ts";
import { ACCOUNT_PAGE } from "../../feed/limits-lifecycle.ts";
import { parseLogLine } from "../../feed/rank/training-log.ts";
import type { Deps } from "../deps.ts";
import { movedId, storeLine } from "../engagement/training-log.ts";
import { runAccountJob } from "./account.ts";
import { runEdgesJob } from "./edges.ts";
import { runEraseJob } from "./erase.ts";
import { type FanoutOutcome, runFanout } from "./fanout.ts";
import type { Remainder } from "./finish.ts";
import { runHistoryJob } from "./history.ts";
import { runImpressionsJob } from "./impressions.ts";
import { runModeJob } from "./mode.ts";
import { runRelationJob } from "./relation.ts";
import { runSessionsJob } from "./sessions.ts";
import { runSweepJob } from "./sweep.ts";
import { runTallies } from "./tally.ts";

/** A job that runs by itself. */
type SingleJob = Exclude<Job, FanoutJob | TallyJob | ReplyJob>;

/** Remainders by job; null, or no entry, for a job that is done. */
type Remainders = Map<Job, Remainder | null>;

/**
 * Runs jobs: fan-out jobs together, and tally and reply jobs together, so that a batch makes one
 * call per recipient and per post. It never throws.
 * @returns the remainder of each job, in order; null for a job that is done
 */
export async function runJobs(deps: Deps, jobs: readonly Job[]): Promise<(Remainder | null)[]> {
  const tallies: (TallyJob | ReplyJob)[] = [];
  const fanout: FanoutJob[] = [];
  const singles: SingleJob[] = [];
  for (const job of jobs) {
    if (job.kind === "fanout") fanout.push(job);
    else if (job.kind === "tally" || job.kind === "reply") tallies.push(job);
    else singles.push(job);
  }
  const share = 1 / jobs.length;
  const results = await Promise.all([
    tryFanout(deps, fanout),
    tryTallies(deps, tallies),
    ...singles.map((job) => trySingle(deps, job, share)),
  ]);
  const remainders: Remainders = new Map(results.flatMap((result) => [...result]));
  return jobs.map((job) => remainders.get(job) ?? null);
}

async function tryFanout(deps: Deps, jobs: FanoutJob[]): Promise<Remainders> {
  if (jobs.length === 0) return new Map();
  try {
    const outcomes = await runFanout(deps, jobs);
    return new Map(outcomes.map((outcome) => [outcome.job, remainderOfFanout(outcome)]));
  } catch (error) {
    return new Map(jobs.map((job) => [job, wholeJob(job, error)]));
  }
}

function remainderOfFanout(outcome: FanoutOutcome): Remainder | null {
  switch (outcome.status) {
    case "done":
      return null;
    case "failed":
      return wholeJob(outcome.job, outcome.error);
    case "unreached": {
      const { job: original, recipients } = outcome;
      // A message may come twice, with other recipients failing each time, so each remainder has a
      // part, and with it an outbox row, of its own.
      const job = retryOf(original, recipients, remainderPart());
      return { job, reason: `${recipients.length} timelines did not answer`, original };
    }
  }
}

async function tryTallies(deps: Deps, jobs: (TallyJob | ReplyJob)[]): Promise<Remainders> {
  if (jobs.length === 0) return new Map();
  try {
    const failures = await runTallies(deps, jobs);
    return new Map([...failures].map(([job, error]) => [job, wholeJob(job, error)]));
  } catch (error) {
    return new Map(jobs.map((job) => [job, wholeJob(job, error)]));
  }
}

/** @param share the part of an invocation that a job may use whose work has pages */
async function trySingle(deps: Deps, job: SingleJob, share: number): Promise<Remainders> {
  try {
    const rest = await runSingle(deps, job, share);
    return new Map([[job, rest === null ? null : { ...rest, reason: null }]]);
  } catch (error) {
    return new Map([[job, wholeJob(job, error)]]);
  }
}

/** Runs a job. @returns what is left of one that works a page at a time; null if it is done */
async function runSingle(
  deps: Deps,
  job: SingleJob,
  share: number,
): Promise<Omit<Remainder, "reason"> | null> {
  const pageOf = (most: number) => Math.max(1, Math.floor(most * share));
  if (job.kind === "account") return runAccountJob(deps, job, pageOf(ACCOUNT_PAGE));
  if (job.kind === "erase" || job.kind === "orphan") {
    const rest = await runEraseJob(deps, job, pageOf(ERASE_PAGE));
    return rest === null ? null : { job: rest };
  }
  await runWhole(deps, job);
  return null;
}

function runWhole(
  deps: Deps,
  job: Exclude<SingleJob, EraseJob | OrphanJob | AccountJob>,
): Promise<void> {
  switch (job.kind) {
    case "edges":
      return runEdgesJob(deps, job);
    case "history":
      return runHistoryJob(deps, job);
    case "relation":
      return runRelationJob(deps, job);
    case "impressions":
      return runImpressionsJob(deps, job);
    case "served":
      return storeServed(deps, job);
    case "mode":
      return runModeJob(deps, job);
    case "sessions":
      return runSessionsJob(deps, job);
    case "sweep":
      return runSweepJob(deps, job);
    case "counted":
      return deps.store.reactions.storeCounts(job.post, job.counts, job.version);
  }
}

/** Logs a page that an earlier version of the Worker has queued. */
async function storeServed(deps: Deps, { id, line }: ServedJob): Promise<void> {
  const parsed = parseLogLine(line);
  if (parsed.ok) await storeLine(deps, parsed.line, movedId(id, parsed.line));
}

/** A part number that no planned part and no other remainder of the same job has. */
function remainderPart(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return BUCKETS + random;
}

function wholeJob(job: Job, error: unknown): Remainder {
  return { job: { ...job, attempt: job.attempt + 1 }, reason: errorText(error) };
}
