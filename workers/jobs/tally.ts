/**
 * Counting: a batch of events makes one call per post. Each says how many there are now, so a call
 * repeated, late or out of order changes nothing that a newer one has said.
 */
import pMap from "p-map";
import type { ReplyTally, Tally } from "../../feed/counts/tally.ts";
import { FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import { idBucket, type PostId } from "../../feed/ids.ts";
import type { ReplyJob, TallyJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";

/** What came of a job: null if it is done. */
export type TallyOutcome = { job: TallyJob | ReplyJob; error: unknown };

/** Counts what a batch of jobs says. @returns those that failed @throws StoreUnavailable */
export async function runTallies(
  deps: Deps,
  jobs: readonly (TallyJob | ReplyJob)[],
): Promise<TallyOutcome[]> {
  const failed: TallyOutcome[] = [];
  const tried = await tryEach(jobs, failed, (job) => prepare(deps, job));
  const replyJobs = tried.filter((job) => job.kind === "reply");
  const tallyJobs = tried.filter((job) => job.kind === "tally");
  const [tallies, replies] = await Promise.all([
    deps.store.reactions.tallies(
      tallyJobs.map((job) => ({ post: job.post, bucket: idBucket(job.actor) })),
    ),
    deps.store.reactions.replyTallies(replyJobs.map((job) => job.parent)),
  ]);
  const buckets = Map.groupBy(tallies, (tally) => tally.post);
  await pMap(
    Map.groupBy(tried, postOf),
    async ([post, some]) => {
      try {
        await tellCounter(deps, post, buckets.get(post) ?? [], replies.get(post) ?? null);
      } catch (error) {
        failed.push(...some.map((job) => ({ job, error })));
      }
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return failed;
}

function postOf(job: TallyJob | ReplyJob): PostId {
  return job.kind === "reply" ? job.parent : job.post;
}

/** Does something for each job, and notes which failed. @returns the others */
async function tryEach<T extends TallyJob | ReplyJob>(
  jobs: readonly T[],
  failed: TallyOutcome[],
  work: (job: T) => Promise<void>,
): Promise<T[]> {
  const done = await pMap(
    jobs,
    async (job) => {
      try {
        await work(job);
        return [job];
      } catch (error) {
        failed.push({ job, error });
        return [];
      }
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return done.flat();
}

/** What has to be true before a job's counter is told. */
async function prepare(deps: Deps, job: TallyJob | ReplyJob): Promise<void> {
  if (job.kind === "reply") await linkReply(deps, job);
  else if (job.swept === true) await tellActor(deps, job);
}

/** Brings the list of replies in step with whether the reply exists. */
async function linkReply(deps: Deps, { reply, parent }: ReplyJob): Promise<void> {
  const exists = async () => (await deps.store.posts.existing([reply])).has(reply);
  const listed = await exists();
  await deps.store.posts.setReply(reply, parent, listed);
  // Deleted in between, its own job may have found nothing to take off the list.
  if (listed && !(await exists())) await deps.store.posts.setReply(reply, parent, false);
}

async function tellActor(deps: Deps, job: TallyJob): Promise<void> {
  const { actor, reaction: kind, post } = job;
  const reaction = await deps.store.reactions.reaction(actor, kind, post);
  if (reaction !== null) await deps.homes.call(actor, (home) => home.setReaction(reaction, null));
}

async function tellCounter(
  deps: Deps,
  post: PostId,
  tallies: readonly Tally[],
  replies: ReplyTally | null,
): Promise<void> {
  const buckets = tallies.map(({ bucket, likes, reposts, version }) => ({
    bucket,
    likes,
    reposts,
    version,
  }));
  await deps.counters.call(post, (counter) => counter.applyTallies({ buckets, replies }));
}
