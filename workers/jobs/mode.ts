/**
 * Announces an author's new epoch to the followers. A follower that pulls from now on drops the
 * entries that were pushed. A follower that gets pushes again first accepts deliveries, then the
 * store is read, then those entries are handed over. A follower that does not answer keeps the whole
 * part open: the author's posts go both ways until every follower has acknowledged the epoch.
 */
import pMap from "p-map";
import { within } from "../../durable-objects/within.ts";
import type { Recipient } from "../../db/store.ts";
import type { EpochChange } from "../../durable-objects/home-timeline/store-reads.ts";
import { deliveryMode } from "../../feed/delivery/delivery-mode.ts";
import { type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import type { ModeJob } from "../../feed/delivery/jobs.ts";
import { FANOUT_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { sendEvents } from "../export/event-queue.ts";
import { catchUpAuthorFeed } from "../pull/fill.ts";
import { newestInStore } from "../pull/author-posts.ts";
import { awakeFollowers } from "./recipients.ts";
import { applyThreshold } from "./threshold.ts";

/**
 * Runs a mode job. Its last step removes its outbox row.
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function runModeJob(deps: Deps, job: ModeJob): Promise<void> {
  const { author, epoch } = job;
  const mode = (await deps.store.modes.modes([author])).get(author);
  if (mode?.epoch === epoch) {
    const isPull = deliveryMode(epoch) === "pull";
    const head = isPull ? await catchUpAuthorFeed(deps, author, epoch) : null;
    const followers = await awakeFollowers(deps, author, job.range);
    const horizons = await announceEpoch(deps, { author, mode, head }, followers);
    await fillWindows(deps, { author, epoch }, horizons);
  }
  // The event goes first: the next step removes the row, and a crash after it would lose the event.
  if ((await sendEvents(deps.events, [job])).size > 0) {
    throw new Error("the export queue did not take its events");
  }
  await deps.store.modes.acknowledgeEpoch(job);
  // The author may have crossed the threshold back meanwhile.
  await applyThreshold(deps, [author]);
}

/** Sends the epoch to followers. @returns the horizons of the windows that have to be filled */
async function announceEpoch(
  deps: Deps,
  { author, mode, head }: EpochChange,
  followers: readonly Recipient[],
): Promise<Map<UserId, Id>> {
  const horizons = new Map<UserId, Id>();
  await forEachUser(
    followers.map((follower) => follower.id),
    async (follower) => {
      const call = deps.homes.call(follower, async (home) => {
        return await home.setEpoch(author, mode, head);
      });
      const answer = await withTimeout(call);
      if (answer.status === "behind") throw new Error(`the author feed of ${author} is behind`);
      // A cold timeline reads the epoch when it is rebuilt.
      if (answer.status === "cold" || answer.horizon === null) return;
      horizons.set(follower, answer.horizon);
    },
  );
  return horizons;
}

/** Fills windows from one read, down to the deepest horizon, as far as a window reaches. */
async function fillWindows(
  deps: Deps,
  { author, epoch }: { author: UserId; epoch: number },
  horizons: ReadonlyMap<UserId, Id>,
): Promise<void> {
  if (horizons.size === 0) return;
  const ceiling = idCeiling(deps.nowMs());
  const deepest = [...horizons.values()].reduce((low, id) => (id < low ? id : low), ceiling);
  const slice = await newestInStore(deps, [author], deepest, deps.config.TIMELINE_MAX);
  await forEachUser([...horizons.keys()], (follower) =>
    withTimeout(
      deps.homes.call(follower, async (home) => await home.refillAuthor({ author, epoch, slice })),
    ),
  );
}

async function forEachUser(users: readonly UserId[], work: (user: UserId) => Promise<void>) {
  await pMap(users, work, { concurrency: FANOUT_CONCURRENCY, stopOnError: false });
}

function withTimeout<T>(call: Promise<T>): Promise<T> {
  return within(call, { milliseconds: FANOUT_RPC_TIMEOUT_MS });
}
