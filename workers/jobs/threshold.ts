/** The celebrity threshold, at which an author changes between push and pull. */
import { errorText } from "../../feed/error-text.ts";
import { crosses, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { modeJobs } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Account } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { markFirstForExport } from "../export/event-queue.ts";

/**
 * Starts a new epoch for each author whose follower count has crossed the threshold. It reads the
 * counts after they have changed, inside the job that changed them, so that the retry after a crash
 * checks them again.
 * @returns the modes of the authors who are, or have been, pulled
 * @throws StoreUnavailable
 */
export async function applyThreshold(
  deps: Deps,
  authors: readonly UserId[],
): Promise<Map<UserId, PullMode>> {
  const accounts = await deps.store.accounts.byIds(authors);
  const modes = new Map<UserId, PullMode>();
  for (const account of accounts.values()) {
    const { followers } = account.counts;
    const isCrossing = crosses(account, followers, deps.config.CELEBRITY_THRESHOLD);
    const epoch = account.epoch + (isCrossing ? 1 : 0);
    if (epoch > 0) modes.set(account.id, { epoch });
    if (isCrossing) await startEpoch(deps, account);
  }
  return modes;
}

/** Starts an account's next epoch, unless another call has started it. */
async function startEpoch(deps: Deps, account: Account): Promise<void> {
  const { begun, jobs } = await drawIds(async () => {
    const parts = modeJobs(account, deps.newId(account.id));
    const marked = markFirstForExport(deps.events, "mode", parts);
    const isFirst = await deps.store.modes.beginEpoch(account.id, account.epoch, marked);
    return { begun: isFirst, jobs: marked };
  });
  if (!begun) return;
  try {
    await deps.queues.send(jobs);
  } catch (error) {
    console.warn("the sweep will send these jobs", errorText(error));
  }
}
