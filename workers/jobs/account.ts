/**
 * What follows from an account's state, a page at a time: of a hidden account, the reposts of its posts leave the timelines
 * of others; of one that is being deleted, everything that it owns goes. The job reads the state when it runs. Once a
 * deletion is through, its row waits in the outbox: for a second look, and at last until the handle is free.
 */
import type { StatedAccount } from "../../db/store.ts";
import type { AccountJob, AccountStep } from "../../feed/delivery/jobs.ts";
import { accountJob } from "../../feed/delivery/new-jobs.ts";
import { DELETION_AGAIN_MS, HANDLE_KEPT_MS } from "../../feed/limits-lifecycle.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { hideReposts } from "./account-reposts.ts";
import { deletionSteps } from "./account-steps.ts";

/** The job that is left to do, and when it is due; null for at once. */
export interface AccountRest {
  job: AccountJob;
  dueMs: number | null;
}

/**
 * Does a page of an account's job; safe to repeat.
 * @param most about how many posts, reactions or edges the page has
 * @returns what is left; null if that was all
 * @throws StoreUnavailable, ObjectUnavailable, QueueUnavailable
 */
export async function runAccountJob(
  deps: Deps,
  job: AccountJob,
  most: number,
): Promise<AccountRest | null> {
  const account = (await deps.store.lifecycle.inAnyState([job.account])).get(job.account);
  if (account === undefined) return null;
  if (account.state !== "active" && job.step === "reposts" && job.after === undefined) {
    await deps.store.lifecycle.dropSessions(account.id);
    // The call that changed the state has done this already, if nothing failed.
    if (account.state !== "gone") await deps.homes.call(account.id, (home) => home.close());
  }
  if (account.state === "active" || account.state === "suspended") {
    const after = await hideReposts(deps, account, job.after ?? null, most);
    return after === null ? null : { job: { ...job, attempt: 0, after }, dueMs: null };
  }
  // A message of an earlier round that comes late.
  if (account.state === "gone" && job.round < ROUNDS) return null;
  const freeMs = account.stateVersion + HANDLE_KEPT_MS;
  if (job.round === ROUNDS && deps.nowMs() < freeMs) return { job, dueMs: freeMs };
  return deletePage(deps, account, job, most);
}

/** At once, again after a while, and once more when the handle becomes free. */
const ROUNDS = 3;

async function deletePage(
  deps: Deps,
  account: StatedAccount,
  job: AccountJob,
  most: number,
): Promise<AccountRest | null> {
  const steps = Object.keys(deletionSteps);
  const step: Exclude<AccountStep, "reposts"> = job.step === "reposts" ? "reactions" : job.step;
  const { after: from, ...rest } = job;
  const after = await deletionSteps[step](deps, account, from ?? null, most);
  if (after !== null) return { job: { ...rest, step, attempt: 0, after }, dueMs: null };
  const next = steps[steps.indexOf(step) + 1];
  if (isStep(next)) return { job: { ...rest, step: next, attempt: 0 }, dueMs: null };
  return endRound(deps, account, rest);
}

function isStep(name: string | undefined): name is Exclude<AccountStep, "reposts"> {
  return name !== undefined && Object.hasOwn(deletionSteps, name);
}

async function endRound(
  deps: Deps,
  account: StatedAccount,
  job: AccountJob,
): Promise<AccountRest | null> {
  if (job.round === 1) {
    const again: AccountJob = { ...job, step: "reactions", attempt: 0, round: 2 };
    return { job: again, dueMs: deps.nowMs() + DELETION_AGAIN_MS };
  }
  if (job.round === ROUNDS) {
    await deps.store.lifecycle.free(account.id);
    return null;
  }
  const version = Math.max(account.stateVersion + 1, deps.nowMs());
  const last = await drawIds(async () => {
    const fresh: AccountJob = {
      ...accountJob(deps.newId(account.id), 0, account.id),
      step: "reactions",
      round: ROUNDS,
    };
    const change = { id: account.id, from: account.stateVersion, to: "gone", version } as const;
    return (await deps.store.lifecycle.setState(change, [fresh])) ? fresh : null;
  });
  // If this dies here, the job runs too early and puts itself off.
  if (last !== null) await deps.store.outbox.put([last], version + HANDLE_KEPT_MS);
  return null;
}
