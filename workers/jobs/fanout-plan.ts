/** Planning fan-out: who gets a change, and which way (push, pull or both). */
import type { Recipient } from "../../db/store.ts";
import { type AuthorMode, pulls, pushes } from "../../feed/delivery/delivery-mode.ts";
import type { PlannedJob } from "../../feed/delivery/fanout.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { forEachJob, type JobFailures } from "./each-job.ts";
import { awakeFollowers } from "./recipients.ts";

/** A job, with its recipients and its way. */
export interface FanoutPlan extends PlannedJob {
  /** The followers among the recipients, as the store listed them. */
  followers: readonly Recipient[];
  /** Whether the change has to be in the author feed. */
  toAuthorFeed: boolean;
}

const NEVER_PULLED: AuthorMode = { epoch: 0, migrating: false };

/** Plans a batch of jobs. Jobs whose plan needs a store that fails are added to `failures`. */
export async function planFanout(
  deps: Deps,
  jobs: readonly FanoutJob[],
  failures: JobFailures<FanoutJob>,
): Promise<FanoutPlan[]> {
  const readAuthors = readTogether(jobs.flatMap(accountsOf), (authors) =>
    deps.store.lifecycle.inAnyState(authors),
  );
  const plans = await forEachJob(
    jobs.map((job) => ({ job })),
    failures,
    async ({ job }) => {
      const concerned = accountsOf(job);
      const accounts = await readAuthors(concerned);
      const isHidden = concerned.some((id) => (accounts.get(id)?.state ?? "active") !== "active");
      if (isHidden && job.change.kind === "entry") return nobody(job);
      return planJob(deps, job, accounts.get(job.author) ?? NEVER_PULLED);
    },
  );
  return await withoutDeleted(deps, plans, failures);
}

/** The accounts whose states decide whether a job's entry is delivered: who brings it, and who wrote it. */
function accountsOf({ author, change }: FanoutJob): UserId[] {
  const writer = change.kind === "entry" ? change.entry.post.author.id : author;
  return writer === author ? [author] : [author, writer];
}

/** The plan of an entry of a hidden account: its posts come back with the account, when timelines read the store. */
function nobody(job: FanoutJob): FanoutPlan {
  return { job, epoch: 0, recipients: [], followers: [], toAuthorFeed: false };
}

async function planJob(deps: Deps, job: FanoutJob, mode: AuthorMode): Promise<FanoutPlan> {
  const { epoch } = mode;
  if (job.only !== undefined) {
    return { job, epoch, recipients: job.only, followers: [], toAuthorFeed: false };
  }
  const followers = pushes(mode) ? await awakeFollowers(deps, job.author, job.range) : [];
  // The author's own timeline got the post when it was accepted, unless that delivery failed.
  const own = job.part === 0 ? [job.author] : [];
  const recipients = [...own, ...followers.map((follower) => follower.id)];
  const toAuthorFeed = job.part === 0 && (pulls(mode) || removesFromOldFeed(job, epoch));
  return { job, epoch, recipients, followers, toAuthorFeed };
}

/** Whether a deletion concerns a feed that is left from an epoch in which the author was pulled. */
function removesFromOldFeed({ change }: FanoutJob, epoch: number): boolean {
  return epoch > 0 && change.kind !== "entry";
}

/**
 * Removes the recipients of entries that are deleted or taken back by now. An entry must not be
 * created late in a timeline that never gets its deletion, because it follows the author, or is
 * awake, only since then. The check comes after the recipients are read, so that each recipient
 * gets every later deletion.
 */
async function withoutDeleted(
  deps: Deps,
  plans: readonly FanoutPlan[],
  failures: JobFailures<FanoutJob>,
): Promise<FanoutPlan[]> {
  const readExisting = readTogether(
    plans.flatMap(({ job }) => requiredEntries(job)),
    (ids) => deps.store.posts.existing(ids),
  );
  return await forEachJob(plans, failures, async (plan) => {
    const required = requiredEntries(plan.job);
    const existing = await readExisting(required);
    if (required.every((id) => existing.has(id))) return plan;
    return { ...plan, recipients: [], followers: [], toAuthorFeed: false };
  });
}

/** The entries that must exist for a job to reach anyone: a post, or a repost and its original. */
function requiredEntries({ change }: FanoutJob): Id[] {
  return change.kind === "entry" ? [change.entry.id, change.entry.post.id] : [];
}

/**
 * Reads something for all jobs at once. If that fails, because one shard is down, each job reads for
 * itself, so that only the jobs that need that shard fail.
 */
function readTogether<T>(
  allIds: readonly Id[],
  read: (ids: readonly Id[]) => Promise<T>,
): (ids: readonly Id[]) => Promise<T> {
  const together = read(allIds).catch(() => null);
  return async (ids) => (await together) ?? read(ids);
}
