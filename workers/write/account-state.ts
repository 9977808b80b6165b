/**
 * Suspending, restoring and deleting accounts. One batch writes the state together with the jobs that follow from it. From
 * then on nobody finds the account or its posts in the store; the jobs take them out of timelines.
 */
import { errorText } from "../../feed/error-text.ts";
import type { AccountState, StatedAccount } from "../../db/store.ts";
import { accountJob, fanoutJobs } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { stateChange } from "../jobs/account-reposts.ts";

/** The states from which each state is entered. */
const ENTERED_FROM = {
  active: ["suspended"],
  suspended: ["active"],
  leaving: ["active", "suspended"],
} as const satisfies Partial<Record<AccountState, readonly AccountState[]>>;

/** A state that an account is put into. */
export type WantedState = keyof typeof ENTERED_FROM;

/**
 * Puts an account into a state; safe to repeat.
 * @returns the account as it is then; undefined if it does not exist, or is in a state from which there is no way
 * @throws StoreUnavailable
 */
export async function setAccountState(
  deps: Deps,
  id: UserId,
  wanted: WantedState,
): Promise<StatedAccount | undefined> {
  const from: readonly AccountState[] = ENTERED_FROM[wanted];
  for (;;) {
    const account = (await deps.store.lifecycle.inAnyState([id])).get(id);
    if (account?.state === wanted) return account;
    if (account === undefined || !from.includes(account.state)) return undefined;
    const changed = await change(deps, account, wanted);
    // Otherwise another call has changed the state meanwhile.
    if (changed !== null) return changed;
  }
}

async function change(
  deps: Deps,
  account: StatedAccount,
  state: WantedState,
): Promise<StatedAccount | null> {
  const { id, stateVersion: from } = account;
  const stateVersion = Math.max(from + 1, deps.nowMs());
  const changed = { ...account, state, stateVersion };
  const jobs = await drawIds(async () => {
    const jobId = deps.newId(id);
    const parts = fanoutJobs(account, jobId, stateChange(changed));
    const all = [...parts, accountJob(jobId, parts.length, id)];
    const to = { id, from, to: state, version: stateVersion };
    return (await deps.store.lifecycle.setState(to, all)) ? all : null;
  });
  if (jobs === null) return null;
  const results = await Promise.allSettled([
    deps.queues.send(jobs),
    deps.accounts.drop(id),
    deps.accounts.drop(`@${account.handle}`),
    ...(state === "active" ? [] : [deps.homes.call(id, (home) => home.close())]),
  ]);
  for (const result of results) {
    if (result.status === "rejected") {
      console.warn("the sweep will finish this work", errorText(result.reason));
    }
  }
  return changed;
}
