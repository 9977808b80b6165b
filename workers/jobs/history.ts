/**
 * Imported posts are not delivered. Timelines whose horizon is below them become cold, and the feed of a pulled
 * author is filled again, so that every horizon stays exact.
 */
import pMap from "p-map";
import { within } from "../../durable-objects/within.ts";
import { authorFeedEpoch, pulls, pushes } from "../../feed/delivery/delivery-mode.ts";
import type { HistoryJob } from "../../feed/delivery/jobs.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { FANOUT_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Account } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { fillAuthorFeed } from "../pull/fill.ts";
import { awakeFollowers } from "./recipients.ts";

/** Runs a history job; safe to repeat. @throws StoreUnavailable, ObjectUnavailable */
export async function runHistoryJob(deps: Deps, job: HistoryJob): Promise<void> {
  const { author, range, newest, part } = job;
  const account = (await deps.store.accounts.byIds([author])).get(author);
  if (account === undefined) return;
  if (part === 0) await renewAuthor(deps, account, newest);
  if (range === null || !pushes(account)) return;
  const followers = await awakeFollowers(deps, author, range);
  await forgetTimelines(
    deps,
    followers.map(({ id }) => ({ user: id, newest })),
  );
}

/** Renews what there is of an author alone: their own timeline, and their feed if they are pulled. */
async function renewAuthor(deps: Deps, account: Account, newest: Id): Promise<void> {
  const woken = await deps.store.graph.woken([account.id]);
  await forgetTimelines(
    deps,
    [...woken].map((user) => ({ user, newest })),
  );
  await renewAuthorFeed(deps, account, newest);
}

/** Fills the feed of an author who is pulled anew, if it reaches down to an added entry. */
export async function renewAuthorFeed(deps: Deps, account: Account, newest: Id): Promise<void> {
  if (!pulls(account)) return;
  await within(
    deps.authorFeeds.call(account.id, (feed) => feed.forget(newest)),
    { milliseconds: FANOUT_RPC_TIMEOUT_MS },
  );
  await fillAuthorFeed(deps, account.id, authorFeedEpoch(account.epoch));
}

/**
 * Makes timelines cold.
 * @param timelines each with the newest added entry, unless it is to be cold whether it reaches down to that or not
 * @throws ObjectUnavailable if one does not answer
 */
export async function forgetTimelines(
  deps: Deps,
  timelines: readonly { user: UserId; newest: Id | null }[],
): Promise<void> {
  await pMap(
    timelines,
    ({ user, newest }) =>
      within(
        deps.homes.call(user, (home) => home.forget(newest)),
        { milliseconds: FANOUT_RPC_TIMEOUT_MS },
      ),
    { concurrency: FANOUT_CONCURRENCY, stopOnError: false },
  );
}
