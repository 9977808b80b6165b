/**
 * Tally and reply jobs: a batch makes one call per post's counter. Each call carries absolute
 * tallies with a version, so a call that is repeated, late or out of order changes nothing that a
 * newer one has set. A repost's job also brings it to its original's side.
 */
import pMap from "p-map";
import { type ReplyTally, type Tally, tallyAlone } from "../../feed/counts/tally.ts";
import { lateOrphanJob } from "../../feed/delivery/new-jobs.ts";
import { FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import type { PostId } from "../../feed/ids.ts";
import type { ReplyJob, TallyJob } from "../../feed/delivery/jobs.ts";
import type { Reaction, ReactionKey } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { forEachJob, type JobFailures } from "./each-job.ts";
import { linkReposts } from "./link-reposts.ts";
import { storeAndSend } from "./store-and-send.ts";

/**
 * Brings the posts' counters in step with the store. @returns the jobs that failed, with their errors
 * @throws StoreUnavailable
 */
export async function runTallies(
  deps: Deps,
  jobs: readonly (TallyJob | ReplyJob)[],
): Promise<JobFailures<TallyJob | ReplyJob>> {
  const failures: JobFailures<TallyJob | ReplyJob> = new Map();
  const reactions = await readReactions(deps, jobs);
  const [replyJobs, tallyJobs] = await Promise.all([
    linkReplies(
      deps,
      jobs.filter((job) => job.kind === "reply"),
      failures,
    ),
    // What must be true before a counter gets its tallies.
    forEachJob(
      jobs.flatMap((job) => (job.kind === "tally" ? [{ job }] : [])),
      failures,
      async ({ job }) => {
        if (job.swept === true) await updateActor(deps, reactions.get(textOf(keyOf(job))));
        return job;
      },
      FANOUT_CONCURRENCY,
    ),
  ]);
  const [tallies, replies] = await Promise.all([
    deps.store.reactions.tallies(tallyJobs),
    deps.store.reactions.replyTallies(replyJobs.map((job) => job.parent)),
    linkAll(deps, tallyJobs, reactions, failures),
  ]);
  const talliesByPost = Map.groupBy(tallies, (tally) => tally.post);
  await pMap(
    Map.groupBy([...replyJobs, ...tallyJobs], countedPost),
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

/** Reads the reactions that more than their tally depends on, by key. */
async function readReactions(
  deps: Deps,
  jobs: readonly (TallyJob | ReplyJob)[],
): Promise<Map<string, Reaction>> {
  const keys = jobs.flatMap((job) => {
    if (job.kind === "reply" || (job.reaction === "like" && job.swept !== true)) return [];
    return [keyOf(job)];
  });
  if (keys.length === 0) return new Map();
  const found = await deps.store.reactions.reactionsBy(keys);
  return new Map(found.map((reaction) => [textOf(reaction), reaction]));
}

/** Brings the reposts among the jobs' reactions to their originals. */
async function linkAll(
  deps: Deps,
  jobs: readonly TallyJob[],
  reactions: ReadonlyMap<string, Reaction>,
  failures: JobFailures<TallyJob | ReplyJob>,
): Promise<void> {
  const ofReposts = jobs.filter((job) => job.reaction === "repost");
  const reposts = ofReposts.flatMap((job) => reactions.get(textOf(keyOf(job))) ?? []);
  try {
    await linkReposts(deps, [...new Set(reposts)]);
  } catch (error) {
    // Likes of other posts in the batch do not wait for an original's shard.
    for (const job of ofReposts) failures.set(job, error);
  }
}

function keyOf({ actor, reaction: kind, post }: TallyJob): ReactionKey {
  return { actor, kind, post };
}

function textOf({ actor, kind, post }: ReactionKey): string {
  return `${actor} ${kind} ${post}`;
}

/**
 * Links replies to their parents. If a part of the store fails, each reply is linked by itself, so that only
 * those fail that need that part.
 */
async function linkReplies(
  deps: Deps,
  jobs: readonly ReplyJob[],
  failures: JobFailures<TallyJob | ReplyJob>,
): Promise<ReplyJob[]> {
  if (jobs.length === 0) return [];
  try {
    await link(deps, jobs);
    return [...jobs];
  } catch (error) {
    const [only] = jobs;
    if (jobs.length === 1 && only !== undefined) failures.set(only, error);
    if (jobs.length === 1) return [];
  }
  const alone = jobs.map((job) => ({ job }));
  return forEachJob(
    alone,
    failures,
    async ({ job }) => {
      await link(deps, [job]);
      return job;
    },
    FANOUT_CONCURRENCY,
  );
}

/** Adds replies that exist to their parents' lists, and removes the others. */
async function link(deps: Deps, jobs: readonly ReplyJob[]): Promise<void> {
  const { posts } = deps.store;
  const all = [...new Map(jobs.map(({ reply, parent }) => [reply, { reply, parent }])).values()];
  const listed = await posts.existing(all.map(({ reply }) => reply));
  await posts.setReplies(all.map((one) => ({ ...one, exists: listed.has(one.reply) })));
  const there = all.filter(({ reply }) => listed.has(reply));
  if (there.length === 0) return;
  const left = await posts.existing([
    ...new Set(there.flatMap(({ reply, parent }) => [reply, parent])),
  ]);
  // If a reply was deleted in between, the deletion's own job may have found it not yet listed.
  const gone = there.filter(({ reply }) => !left.has(reply));
  if (gone.length > 0) await posts.setReplies(gone.map((one) => ({ ...one, exists: false })));
  // If its parent was, the parent's job may have looked through the list before the reply was there.
  const orphans = there.filter(({ reply, parent }) => left.has(reply) && !left.has(parent));
  if (orphans.length === 0) return;
  await storeAndSend(
    deps,
    orphans.map(({ reply, parent }) => lateOrphanJob(parent, reply)),
  );
}

/** Sends a reaction to its actor's timeline again, because the first call may have failed. */
async function updateActor(deps: Deps, reaction: Reaction | undefined): Promise<void> {
  if (reaction === undefined) return;
  await deps.homes.call(reaction.actor, (home) => home.setReaction(reaction, null));
}

async function sendTallies(
  deps: Deps,
  post: PostId,
  tallies: readonly Tally[],
  replies: ReplyTally | null,
): Promise<void> {
  const buckets = tallies.map((tally) => tallyAlone(tally));
  await deps.counters.apply(post, { buckets, replies });
}
