/**
 * Counting: a batch of events makes one call per post. Each says how many there are now, so a call
 * repeated, late or out of order changes nothing that a newer one has said.
 */
import pMap from "p-map";
import type { ReplyTally, Tally } from "../../feed/tally.ts";
import { FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import { idBucket, type PostId } from "../../feed/ids.ts";
import type { ReplyJob, TallyJob } from "../../feed/jobs.ts";
import type { Deps } from "../deps.ts";

/** What came of a job: null if it is done. */
export type TallyOutcome = { job: TallyJob | ReplyJob; error: unknown };

/** Counts what a batch of jobs says. @returns those that failed @throws StoreUnavailable */
export async function runTallies(
  deps: Deps,
  jobs: readonly (TallyJob | ReplyJob)[],
): Promise<TallyOutcome[]> {
  const replyJobs = jobs.filter((job) => job.kind === "reply");
  const tallyJobs = jobs.filter((job) => job.kind === "tally");
  await linkReplies(deps, replyJobs);
  await pMap(tallyJobs, (job) => (job.swept === true ? tellActor(deps, job) : null));
  const [tallies, replies] = await Promise.all([
    deps.store.reactions.tallies(
      tallyJobs.map((job) => ({ post: job.post, bucket: idBucket(job.actor) })),
    ),
    deps.store.reactions.replyTallies(replyJobs.map((job) => job.parent)),
  ]);
  const buckets = Map.groupBy(tallies, (tally) => tally.post);
  const failed: TallyOutcome[] = [];
  await pMap(
    Map.groupBy(jobs, postOf),
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

/** Brings lists of replies in step with which replies exist. */
async function linkReplies(deps: Deps, jobs: readonly ReplyJob[]): Promise<void> {
  const existing = await deps.store.posts.existing(jobs.map((job) => job.reply));
  await pMap(jobs, (job) =>
    deps.store.posts.setReply(job.reply, job.parent, existing.has(job.reply)),
  );
}

async function tellActor(deps: Deps, job: TallyJob): Promise<void> {
  const { actor, reaction: kind, post } = job;
  const reaction = await deps.store.reactions.reaction(actor, kind, post);
  if (reaction !== null) await deps.homes.call(actor, (home) => home.setReaction(reaction));
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
  await deps.counters.call(post, (counter) => counter.hear({ buckets, replies }));
}
