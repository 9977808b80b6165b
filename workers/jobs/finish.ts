/** The last steps of a job: its export and its outbox row, a retry, or a dead letter. */
import { retryDelayS } from "../../feed/delivery/fanout.ts";
import { idBucket } from "../../feed/ids.ts";
import { type Job, mayHaveRow } from "../../feed/delivery/jobs.ts";
import { JOB_ATTEMPTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { sendEvents } from "../export/event-queue.ts";
import { storeAndSend } from "./store-and-send.ts";

/** The part of a job that is still to be done. */
export interface Remainder {
  job: Job;
  /** Why it is not done, for logs and dead letters; null if all went well and more is left to do. */
  reason: string | null;
  /** The original job, if `job` has a key of its own; its outbox row goes once `job` is stored. */
  original?: Job;
  /** When a job that is simply left to do is due; null or absent for at once. */
  dueMs?: number | null;
}

/**
 * Exports the changes of finished jobs, then removes the jobs' outbox rows. This comes last, after
 * everything the jobs promised.
 * @returns the jobs whose rows stay, because the export queue did not take their events
 * @throws StoreUnavailable
 */
export async function finishJobs(deps: Deps, jobs: readonly Job[]): Promise<ReadonlySet<Job>> {
  // A mode job has sent its event already: its row is removed together with its last step.
  const unsent = await sendEvents(
    deps.events,
    jobs.filter((job) => job.kind !== "mode"),
  );
  const exported = jobs.filter((job) => !unsent.has(job));
  const rows = exported.filter(mayHaveRow).map(({ id, part }) => ({ id, part }));
  await deps.store.outbox.done(rows);
  return unsent;
}

/**
/**
 * Sends a remainder that is simply left to do, schedules a retry of one that failed, or stores it as a
 * dead letter after the last attempt. A sweep is neither retried nor kept: cron sends the next one within
 * a minute.
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function passOn(deps: Deps, remainder: Remainder): Promise<void> {
  const { job, reason, original, dueMs = null } = remainder;
  if (!mayHaveRow(job)) {
    console.error("a job is dropped, because another one replaces it", { job, reason });
    deps.meter.count("jobs", "dropped");
    return;
  }
  if (reason === null) {
    // The sweep sends one that is due later.
    if (dueMs === null) await storeAndSend(deps, [job]);
    else await deps.store.outbox.put([job], dueMs);
    return;
  }
  if (job.attempt >= JOB_ATTEMPTS_MAX && !isRetriedWithoutEnd(job)) {
    const id = deps.drawId(idBucket(job.id));
    await deps.store.deadLetters.keep([{ id, reason, body: job }]);
    deps.meter.count("jobs", "dead");
    await finishJobs(deps, [original ?? job]);
    return;
  }
  deps.meter.count("jobs", "retried");
  const delayS = retryDelayS(job.attempt);
  // The row is stored before the message is sent, so that a crash repeats no more than the remainder.
  await deps.store.outbox.put([job], deps.nowMs() + delayS * 1000 + OUTBOX_DUE_MS);
  if (original !== undefined) await finishJobs(deps, [original]);
  await deps.queues.send([job], delayS);
}

/**
 * Whether a job never becomes a dead letter. Posts go both ways until every follower has an author's new epoch, and a
 * deletion is promised.
 */
function isRetriedWithoutEnd({ kind }: Job): boolean {
  return kind === "mode" || kind === "account";
}
