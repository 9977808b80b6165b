/**
 * Tally and reply jobs: a batch makes one call per post's counter. Each call carries absolute
 * tallies with a version, so a call that is repeated, late or out of order changes nothing that a
 * newer one has set.
 */
import pMap from "p-map";
import { type ReplyTally, type Tally, tallyAlone } from "../../feed/counts/tally.ts";
import { FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import type { PostId } from "../../feed/ids.ts";
import type { ReplyJob, TallyJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { forEachJob, type JobFailures } from "./each-job.ts";

/**
 * Brings the posts' counters in step with the store. @returns the jobs that failed, with their errors
 * @throws StoreUnavailable
 */
export async function runTallies(
  deps: Deps,
  jobs: readonly (TallyJob | ReplyJob)[],
): Promise<JobFailures<TallyJob | ReplyJob>> {
  const failures: JobFailures<TallyJob | ReplyJob> = new Map();
  const prepared = await forEachJob(
    jobs.map((job) => ({ job })),
    failures,
    async ({ job }) => {
      await prepare(deps, job);
      return job;
    },
    FANOUT_CONCURRENCY,
  );
  const replyJobs = prepared.filter((job) => job.kind === "reply");
  const tallyJobs = prepared.filter((job) => job.kind === "tally");
  const [tallies, replies] = await Promise.all([
    deps.store.reactions.tallies(tallyJobs),
    deps.store.reactions.replyTallies(replyJobs.map((job) => job.parent)),
  ]);
  const talliesByPost = Map.groupBy(tallies, (tally) => tally.post);
  await pMap(
    Map.groupBy(prepared, countedPost),
    async ([post, jobsOfPost]) => {
      try {
        await sendTallies(deps, post, talliesByPost.get(post) ?? [], replies.get(post) ?? null);
      } catch (error) {
        for (const job of jobsOfPost) failures.set(job, error);
      }
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return failures;
}

function countedPost(job: TallyJob | ReplyJob): PostId {
  return job.kind === "reply" ? job.parent : job.post;
}

/** Does what must be true before a job's counter gets its tallies. */
async function prepare(deps: Deps, job: TallyJob | ReplyJob): Promise<void> {
  if (job.kind === "reply") await linkReply(deps, job);
  else if (job.swept === true) await updateActor(deps, job);
}

/** Adds a reply to its parent's list if the reply exists, and removes it if not. */
async function linkReply(deps: Deps, { reply, parent }: ReplyJob): Promise<void> {
  const exists = async () => (await deps.store.posts.existing([reply])).has(reply);
  const listed = await exists();
  await deps.store.posts.setReply(reply, parent, listed);
  // If the reply was deleted in between, the deletion's own job may have found it not yet listed.
  if (listed && !(await exists())) await deps.store.posts.setReply(reply, parent, false);
}

/** Sends a reaction to its actor's timeline again, because the first call may have failed. */
async function updateActor(deps: Deps, job: TallyJob): Promise<void> {
  const { actor, reaction: kind, post } = job;
  const reaction = await deps.store.reactions.reaction(actor, kind, post);
  if (reaction !== null) await deps.homes.call(actor, (home) => home.setReaction(reaction, null));
}

async function sendTallies(
  deps: Deps,
  post: PostId,
  tallies: readonly Tally[],
  replies: ReplyTally | null,
): Promise<void> {
  const buckets = tallies.map((tally) => tallyAlone(tally));
  await deps.counters.call(post, (counter) => counter.applyTallies({ buckets, replies }));
}
