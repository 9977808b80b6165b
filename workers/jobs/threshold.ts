/** Watching who crosses the threshold between being pushed and being pulled. */
import { crosses, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { idBucket, type UserId } from "../../feed/ids.ts";
import type { Account } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { modeJobs } from "./plan.ts";

/**
 * Begins a new epoch for those of some accounts whose followers have come to the other side of the
 * threshold. It asks for their counts after these have changed, as part of the job that changed
 * them, so that a crash in between leaves it to be done again.
 * @returns those who are, or have been, pulled @throws StoreUnavailable
 */
export async function watchThreshold(
  deps: Deps,
  authors: readonly UserId[],
): Promise<Map<UserId, PullMode>> {
  const accounts = await deps.store.accounts.byIds(authors);
  const modes = new Map<UserId, PullMode>();
  for (const account of accounts.values()) {
    const { followers } = account.counts;
    const begins = crosses(account, followers, deps.config.CELEBRITY_THRESHOLD);
    const epoch = account.epoch + (begins ? 1 : 0);
    if (epoch > 0) modes.set(account.id, { epoch, followers });
    if (begins) await begin(deps, account);
  }
  return modes;
}

/** Begins an account's next epoch, unless somebody else does. */
async function begin(deps: Deps, account: Account): Promise<void> {
  const parts = modeJobs(account, deps.newId(idBucket(account.id)));
  const jobs = withExport(deps.events, "mode", parts);
  if (!(await deps.store.modes.beginEpoch(account.id, account.epoch, jobs))) return;
  try {
    await deps.queues.send(jobs);
  } catch (error) {
    console.warn("left to the sweep", String(error));
  }
}
