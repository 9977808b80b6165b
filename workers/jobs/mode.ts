/**
 * ExportedChange followers of an author's new epoch. Whoever is to pull from now on gives up what was pushed;
 * whoever is pushed to again takes in deliveries first, then the store is read, then what was read
 * is handed over. A follower who does not answer keeps the whole part waiting, for the author's
 * posts go both ways until each of them has heard.
 */
import pMap from "p-map";
import pTimeout from "p-timeout";
import type { Recipient } from "../../db/store.ts";
import { isPulled, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import type { ModeJob } from "../../feed/delivery/jobs.ts";
import { FANOUT_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { tell as tellExport } from "../export/event-queue.ts";
import { fillAuthorFeed } from "../pull/fill.ts";
import { watchThreshold } from "./threshold.ts";
import { newestInStore } from "../timeline/authors.ts";
import { recipientsOf } from "./fanout.ts";

/** Does a mode job, the row of which goes with it. @throws StoreUnavailable, ObjectUnavailable */
export async function runModeJob(deps: Deps, job: ModeJob): Promise<void> {
  const { author, epoch } = job;
  const mode = (await deps.store.modes.modes([author])).get(author);
  if (mode?.epoch === epoch) {
    if (isPulled(epoch)) await fillAuthorFeed(deps, author, epoch);
    const followers = await recipientsOf(deps, author, job.range);
    const waiting = await tell(deps, author, mode, followers);
    await fill(deps, { author, epoch }, waiting);
  }
  // The row goes with the next step, and with it whatever would tell the export after a crash.
  if ((await tellExport(deps.events, [job])).size > 0) throw new Error("its events wait");
  await deps.store.modes.acknowledgeEpoch(job);
  // They may have gone back meanwhile.
  await watchThreshold(deps, [author]);
}

/** Tells followers. @returns those whose windows have to be filled, each down to its horizon */
async function tell(
  deps: Deps,
  author: UserId,
  mode: PullMode,
  followers: readonly Recipient[],
): Promise<Map<UserId, Id>> {
  const waiting = new Map<UserId, Id>();
  await eachOf(
    followers.map((follower) => follower.id),
    async (follower) => {
      const told = deps.homes.call(follower, async (home) => await home.setEpoch(author, mode));
      const answer = await inTime(told);
      // A cold one learns of it when it is rebuilt.
      if (answer.status === "cold" || answer.horizon === null) return;
      waiting.set(follower, answer.horizon);
    },
  );
  return waiting;
}

/** One read for all: down to the deepest horizon, as far as a window goes. */
async function fill(
  deps: Deps,
  { author, epoch }: { author: UserId; epoch: number },
  waiting: ReadonlyMap<UserId, Id>,
): Promise<void> {
  if (waiting.size === 0) return;
  const beyond = idCeiling(deps.nowMs());
  const deepest = [...waiting.values()].reduce((low, id) => (id < low ? id : low), beyond);
  const slice = await newestInStore(deps, [author], deepest, deps.config.TIMELINE_MAX);
  await eachOf([...waiting.keys()], (follower) =>
    inTime(
      deps.homes.call(follower, async (home) => await home.refillAuthor({ author, epoch, slice })),
    ),
  );
}

async function eachOf(users: readonly UserId[], work: (user: UserId) => Promise<void>) {
  await pMap(users, work, { concurrency: FANOUT_CONCURRENCY, stopOnError: false });
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return pTimeout(work, { milliseconds: FANOUT_RPC_TIMEOUT_MS });
}
