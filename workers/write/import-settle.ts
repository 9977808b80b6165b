/**
 * The work that follows from a chunk of an import. Its jobs are in the outbox, so that a crash loses none of it;
 * here it is done for the whole chunk at once. Followers who are awake hear of it through the queues.
 */
import { pulls, pushes } from "../../feed/delivery/delivery-mode.ts";
import type { HistoryJob, Job, ReplyJob, TallyJob } from "../../feed/delivery/jobs.ts";
import { errorText } from "../../feed/error-text.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import type { Deps } from "../deps.ts";
import { finishJobs } from "../jobs/finish.ts";
import { forgetTimelines, renewAuthorFeed } from "../jobs/history.ts";
import { runTallies } from "../jobs/tally.ts";

/** Does the work of an import's jobs, or sends them. @throws StoreUnavailable, ObjectUnavailable, QueueUnavailable */
export async function settleImport(deps: Deps, jobs: readonly Job[]): Promise<void> {
  const history = jobs.filter((job) => job.kind === "history");
  const counting = jobs.filter((job) => job.kind === "reply" || job.kind === "tally");
  const [left] = await Promise.all([settleHistory(deps, history, counting), count(deps, counting)]);
  await finishJobs(
    deps,
    jobs.filter((job) => job.kind !== "history" || !left.has(job)),
  );
  await deps.queues.send([...left]);
}

/** Counts replies and reactions. @throws the error of a job that failed */
async function count(deps: Deps, jobs: readonly (ReplyJob | TallyJob)[]): Promise<void> {
  if (jobs.length === 0) return;
  const [failure] = (await runTallies(deps, jobs)).values();
  if (failure === undefined) return;
  throw failure instanceof Error ? failure : new ObjectUnavailable(errorText(failure));
}

/**
 * Renews the copies of authors' histories. Those who have reacted may have a timeline that believes to know
 * all of its owner's reactions.
 * @returns the jobs that have followers to reach
 */
async function settleHistory(
  deps: Deps,
  jobs: readonly HistoryJob[],
  counting: readonly (ReplyJob | TallyJob)[],
): Promise<Set<HistoryJob>> {
  const newest = new Map(jobs.map((job) => [job.author, job.newest]));
  const authors = [...newest.keys()];
  const actors = counting.flatMap((job) => (job.kind === "tally" ? [job.actor] : []));
  const people = [...new Set([...authors, ...actors])];
  if (people.length === 0) return new Set();
  // The posts are written, so an author who is pulled from here on has them in the feed.
  const [accounts, woken] = await Promise.all([
    deps.store.accounts.byIds(authors),
    deps.store.graph.woken(people),
  ]);
  const reacted = new Set(actors);
  await forgetTimelines(
    deps,
    [...woken].map((user) => ({
      user,
      newest: reacted.has(user) ? null : (newest.get(user) ?? null),
    })),
  );
  for (const account of accounts.values()) {
    if (pulls(account)) await renewAuthorFeed(deps, account, newest.get(account.id) ?? "");
  }
  const pushed = authors.filter((author) => {
    const account = accounts.get(author);
    return account !== undefined && pushes(account);
  });
  const awake = pushed.length === 0 ? new Set() : await deps.store.graph.withAwakeFollowers(pushed);
  return new Set(jobs.filter(({ author }) => awake.has(author)));
}
