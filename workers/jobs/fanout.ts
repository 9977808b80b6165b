/**
 * Fan-out: a batch of jobs becomes one call per recipient, with bounded concurrency and a timeout
 * per call. It returns what came of each job and throws nothing away: a job whose store failed is
 * tried again whole, one with failed recipients as a job that names only them.
 */
import pMap from "p-map";
import pTimeout from "p-timeout";
import type { Recipient } from "../../db/store.ts";
import type { Change } from "../../feed/entry.ts";
import { groupByRecipient, type Planned } from "../../feed/fanout.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/jobs.ts";
import { FANOUT_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS, FOLLOWER_PAGE } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/** What came of one job. */
export type FanoutOutcome =
  | { job: FanoutJob; status: "done" }
  /** These recipients have not answered; everyone else has. */
  | { job: FanoutJob; status: "failed"; recipients: UserId[] }
  /** The store could not say who is to be reached. */
  | { job: FanoutJob; status: "unplanned"; error: unknown };

interface Plan extends Planned {
  /** The followers among the recipients, as the store listed them. */
  followers: readonly Recipient[];
}

/** Delivers a batch of jobs. */
export async function runFanout(deps: Deps, jobs: readonly FanoutJob[]): Promise<FanoutOutcome[]> {
  const planned: Plan[] = [];
  const unplanned: FanoutOutcome[] = [];
  await pMap(jobs, async (job) => {
    try {
      planned.push(await plan(deps, job));
    } catch (error) {
      unplanned.push({ job, status: "unplanned", error });
    }
  });
  const plans = await withoutDeleted(deps, planned);
  const { failed, cold } = await deliverAll(deps, groupByRecipient(plans));
  await pMap(plans, (one) => noteDormant(deps, one, cold));
  return [...unplanned, ...plans.map((one) => outcomeOf(one, failed))];
}

/**
 * Leaves plans of entries that are gone by now, deleted or taken back, without recipients: an entry
 * must not be created late, in timelines that never hear that it went because they follow its author,
 * or are awake, only since then. It is asked after the recipients were read, so that each of them gets
 * every deletion that comes later.
 */
async function withoutDeleted(deps: Deps, plans: readonly Plan[]): Promise<Plan[]> {
  const existing = await deps.store.posts.existing(plans.flatMap(({ job }) => neededBy(job)));
  return plans.map((one) =>
    neededBy(one.job).every((id) => existing.has(id))
      ? one
      : { job: one.job, recipients: [], followers: [] },
  );
}

/** What has to exist for a job to reach anyone: the post it creates, or the repost and its original. */
function neededBy({ change }: FanoutJob): Id[] {
  return change.kind === "entry" ? [change.entry.id, change.entry.post.id] : [];
}

async function plan(deps: Deps, job: FanoutJob): Promise<Plan> {
  if (job.only !== undefined) return { job, recipients: job.only, followers: [] };
  const followers: Recipient[] = [];
  let page: Recipient[];
  do {
    const after = followers.at(-1)?.id ?? null;
    page = await deps.store.graph.recipients(job.author, job.range, after, FOLLOWER_PAGE);
    followers.push(...page);
  } while (page.length === FOLLOWER_PAGE);
  // The author's own timeline was told when the post was accepted, unless that failed.
  const own = job.part === 0 ? [job.author] : [];
  return { job, followers, recipients: [...own, ...followers.map((follower) => follower.id)] };
}

async function deliverAll(
  deps: Deps,
  changes: ReadonlyMap<UserId, Change[]>,
): Promise<{ failed: Set<UserId>; cold: Set<UserId> }> {
  const failed = new Set<UserId>();
  const cold = new Set<UserId>();
  await pMap(
    changes,
    async ([recipient, some]) => {
      try {
        const answer = await pTimeout(
          deps.homes.call(recipient, (home) => home.deliver(some)),
          { milliseconds: FANOUT_RPC_TIMEOUT_MS },
        );
        if (answer === "cold") cold.add(recipient);
      } catch (error) {
        console.warn("delivery failed", { recipient, error: String(error) });
        failed.add(recipient);
      }
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return { failed, cold };
}

/** Followers whose timelines are cold are skipped from now on; failing costs a call next time. */
async function noteDormant(deps: Deps, planned: Plan, cold: ReadonlySet<UserId>): Promise<void> {
  const dormant = planned.followers.filter((follower) => cold.has(follower.id));
  if (dormant.length === 0) return;
  try {
    await deps.store.graph.markDormant(planned.job.author, dormant);
  } catch (error) {
    console.warn("dormant followers could not be noted", error);
  }
}

function outcomeOf(planned: Plan, failed: ReadonlySet<UserId>): FanoutOutcome {
  const recipients = planned.recipients.filter((recipient) => failed.has(recipient));
  return recipients.length === 0
    ? { job: planned.job, status: "done" }
    : { job: planned.job, status: "failed", recipients };
}
