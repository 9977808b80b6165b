/**
 * Fan-out: a batch of jobs becomes one call per recipient, with bounded concurrency and a timeout
 * per call. Whether an author's posts are pushed, pulled or both is read when the job is done, not
 * when it was made: what was written before an author crossed the threshold is in what is read of
 * them afterwards. It returns what came of each job and throws nothing away: a job whose store or
 * outbox failed is tried again whole, one with failed recipients as a job that names only them.
 */
import pMap from "p-map";
import pTimeout from "p-timeout";
import type { Recipient } from "../../db/store.ts";
import type { Delivery } from "../../feed/timeline/entry.ts";
import {
  type AuthorMode,
  authorFeedEpoch,
  pulls,
  pushes,
} from "../../feed/delivery/delivery-mode.ts";
import { groupByRecipient, type Planned } from "../../feed/delivery/fanout.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { BucketRange, FanoutJob } from "../../feed/delivery/jobs.ts";
import { FANOUT_CONCURRENCY, FANOUT_RPC_TIMEOUT_MS, FOLLOWER_PAGE } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { fillAuthorFeed } from "../pull/fill.ts";
import { noteAppended, noteDeliveries } from "./note-deliveries.ts";

/** What came of one job. */
export type FanoutOutcome =
  | { job: FanoutJob; status: "done" }
  /** These recipients have not answered; everyone else has. */
  | { job: FanoutJob; status: "failed"; recipients: UserId[] }
  /** The store could not say who is to be reached, or the author's outbox did not answer. */
  | { job: FanoutJob; status: "again"; error: unknown };

interface Plan extends Planned {
  /** The followers among the recipients, as the store listed them. */
  followers: readonly Recipient[];
  /** Whether the author's outbox has to have it. */
  toAuthorFeed: boolean;
}

const NEVER_PULLED: AuthorMode = { epoch: 0, migrating: false };

/** Delivers a batch of jobs. */
export async function runFanout(deps: Deps, jobs: readonly FanoutJob[]): Promise<FanoutOutcome[]> {
  const again = new Map<FanoutJob, FanoutOutcome>();
  const modes = forAll(
    jobs.map((job) => job.author),
    (authors) => deps.store.accounts.byIds(authors),
  );
  const each = async <T extends { job: FanoutJob }>(
    some: readonly T[],
    work: (one: T) => Promise<void>,
  ): Promise<void> => {
    await pMap(some, async (one) => {
      try {
        await work(one);
      } catch (error) {
        again.set(one.job, { job: one.job, status: "again", error });
      }
    });
  };
  const planned: Plan[] = [];
  await each(
    jobs.map((job) => ({ job })),
    async ({ job }) => {
      const mode = (await modes([job.author])).get(job.author) ?? NEVER_PULLED;
      planned.push(await plan(deps, job, mode));
    },
  );
  const plans: Plan[] = [];
  const existing = forAll(
    planned.flatMap(({ job }) => neededBy(job)),
    (ids) => deps.store.posts.existing(ids),
  );
  await each(planned, async (one) => {
    plans.push(unlessDeleted(one, await existing(neededBy(one.job))));
  });
  const [{ failed, cold }] = await Promise.all([
    deliverAll(deps, groupByRecipient(plans)),
    each(
      plans.filter((one) => one.toAuthorFeed),
      (one) => append(deps, one),
    ),
  ]);
  await pMap(plans, (one) => noteDormant(deps, one, cold));
  return jobs.map((job) => again.get(job) ?? outcomeOf(job, plans, failed));
}

/**
 * Reads something for all jobs at once; if that fails, for one shard is down, for each by itself, so
 * that only those fail which need that shard.
 */
function forAll<T>(
  ids: readonly Id[],
  read: (ids: readonly Id[]) => Promise<T>,
): (own: readonly Id[]) => Promise<T> {
  const all = read(ids).catch(() => null);
  return async (own) => (await all) ?? read(own);
}

/**
 * Leaves a plan for an entry that is gone by now, deleted or taken back, without recipients: an entry
 * must not be created late, in timelines that never hear that it went because they follow its author,
 * or are awake, only since then. It is asked after the recipients were read, so that each of them gets
 * every deletion that comes later.
 */
function unlessDeleted(one: Plan, existing: ReadonlySet<Id>): Plan {
  return neededBy(one.job).every((id) => existing.has(id))
    ? one
    : { ...one, recipients: [], followers: [], toAuthorFeed: false };
}

/** What has to exist for a job to reach anyone: the post it creates, or the repost and its original. */
function neededBy({ change }: FanoutJob): Id[] {
  return change.kind === "entry" ? [change.entry.id, change.entry.post.id] : [];
}

async function plan(deps: Deps, job: FanoutJob, mode: AuthorMode): Promise<Plan> {
  const { epoch } = mode;
  if (job.only !== undefined) {
    return { job, epoch, recipients: job.only, followers: [], toAuthorFeed: false };
  }
  const followers = pushes(mode) ? await recipientsOf(deps, job.author, job.range) : [];
  // The author's own timeline was told when the post was accepted, unless that failed.
  const own = job.part === 0 ? [job.author] : [];
  const recipients = [...own, ...followers.map((follower) => follower.id)];
  const toAuthorFeed = job.part === 0 && (pulls(mode) || isLeftThere(job, epoch));
  return { job, epoch, recipients, followers, toAuthorFeed };
}

/** Whether a deletion concerns what an author's outbox has kept since they were pulled. */
function isLeftThere({ change }: FanoutJob, epoch: number): boolean {
  return epoch > 0 && change.kind !== "entry";
}

/** The followers of an author in a range of buckets whose timelines are awake. */
export async function recipientsOf(
  deps: Deps,
  author: UserId,
  range: BucketRange,
): Promise<Recipient[]> {
  const followers: Recipient[] = [];
  let page: Recipient[];
  do {
    const after = followers.at(-1)?.id ?? null;
    page = await deps.store.graph.recipients(author, range, after, FOLLOWER_PAGE);
    followers.push(...page);
  } while (page.length === FOLLOWER_PAGE);
  return followers;
}

/** What an outbox that is cold misses is in the store it is filled from. */
async function append(deps: Deps, { job, epoch }: Plan): Promise<void> {
  const { author, change } = job;
  const answer = await pTimeout(
    deps.authorFeeds.call(author, async (outbox) => await outbox.append([change], epoch)),
    { milliseconds: FANOUT_RPC_TIMEOUT_MS },
  );
  if (answer.status === "cold") await fillAuthorFeed(deps, author, authorFeedEpoch(epoch));
  noteAppended(deps, change);
}

async function deliverAll(
  deps: Deps,
  changes: ReadonlyMap<UserId, Delivery[]>,
): Promise<{ failed: Set<UserId>; cold: Set<UserId> }> {
  const failed = new Set<UserId>();
  const cold = new Set<UserId>();
  await pMap(
    changes,
    async ([recipient, some]) => {
      try {
        const answer = await pTimeout(
          deps.homes.call(recipient, async (home) => await home.deliver(some)),
          { milliseconds: FANOUT_RPC_TIMEOUT_MS },
        );
        noteDeliveries(deps, recipient, some, answer.status);
        if (answer.status === "cold") cold.add(recipient);
      } catch (error) {
        console.warn("delivery failed", { recipient, error: String(error) });
        noteDeliveries(deps, recipient, some, "failed");
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

function outcomeOf(
  job: FanoutJob,
  plans: readonly Plan[],
  failed: ReadonlySet<UserId>,
): FanoutOutcome {
  const all = plans.find((one) => one.job === job)?.recipients ?? [];
  const recipients = all.filter((recipient) => failed.has(recipient));
  return recipients.length === 0 ? { job, status: "done" } : { job, status: "failed", recipients };
}
