/**
 * Changing a profile. Posts keep no name and no picture in the store, so what is read there is new at once.
 * Timelines and author feeds get the new card by fan-out, like a post.
 */
import type { Account, Profile } from "../../db/store.ts";
import { StoreUnavailable } from "../../db/store.ts";
import { fanoutJobs, profileJob } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import { PROFILE_ATTEMPTS_MAX } from "../../feed/limits-profiles.ts";
import { cardOf, type Change } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { deliveriesOf } from "./budgets.ts";
import { followUp } from "./follow-up.ts";

/**
 * Changes the named fields of a profile and keeps the others. Concurrent changes of different fields all last.
 * @param hint where to place the account's timeline if this is the first call to it
 * @returns the account with the profile; null if it is gone
 * @throws StoreUnavailable, LimitExceeded, ObjectUnavailable
 */
export async function changeProfile(
  deps: Deps,
  { user, wanted }: { user: UserId; wanted: Partial<Profile> },
  hint: DurableObjectLocationHint | null,
): Promise<Account | null> {
  for (let attempt = 0; attempt < PROFILE_ATTEMPTS_MAX; attempt++) {
    const account = (await deps.store.accounts.byIds([user])).get(user);
    if (account === undefined) return null;
    if (attempt === 0) await pay(deps, account, wanted, hint);
    const changed = await changeFrom(deps, account, wanted, hint);
    if (changed !== null) return changed;
  }
  throw new StoreUnavailable(`profile of ${user}: it changes all the time`);
}

/** Has the account pay: a new card is delivered like a post. A change of nothing is a write, too. */
async function pay(
  deps: Deps,
  account: Account,
  wanted: Partial<Profile>,
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  const isOnCard = hasNewCard(account, { ...account, ...wanted });
  const deliveries = isOnCard ? deliveriesOf(account) : 0;
  await deps.budgets.spend(account.id, { writes: 1, deliveries }, hint);
}

/** Whether a profile changes what posts show of their author. */
function hasNewCard(before: Profile, after: Profile): boolean {
  return before.name !== after.name || before.avatarUrl !== after.avatarUrl;
}

/** Changes a profile that has been read. @returns null if it has changed since */
async function changeFrom(
  deps: Deps,
  account: Account,
  wanted: Partial<Profile>,
  hint: DurableObjectLocationHint | null,
): Promise<Account | null> {
  const { id, handle, name, bio, avatarUrl, profileVersion: from } = account;
  const profile = { name, bio, avatarUrl, ...wanted };
  const isOnCard = hasNewCard(account, profile);
  if (!isOnCard && profile.bio === bio) return account;
  const to = Math.max(deps.nowMs(), from + 1);
  const after = { ...account, ...profile, profileVersion: to };
  const change: Change = { kind: "card", card: cardOf(after) };
  const { jobs, isWritten } = await drawIds(async () => {
    const job = deps.newId(id);
    const parts = isOnCard ? fanoutJobs(account, job, change) : [];
    const all = isOnCard ? [...parts, profileJob(job, parts.length, id, to)] : [];
    const written = await deps.store.accounts.setProfile(id, { profile, from, to }, all);
    return { jobs: all, isWritten: written };
  });
  if (!isWritten) return null;
  await Promise.all([deps.accounts.drop(id), deps.accounts.drop(`@${handle}`)]);
  if (isOnCard) await followUp(deps, { author: id, change, jobs, links: [], hint });
  return after;
}
