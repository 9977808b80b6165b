/**
 * What others show of a deleted post. Its reposts go first, then the copies of it that replies carry:
 * fan-out brings the deletion to the followers of everybody who reposted it or replied to it.
 */
import { fanoutJobs, orphanJob, orphansOf } from "../../feed/delivery/new-jobs.ts";
import type { EraseJob, Job, OrphanJob } from "../../feed/delivery/jobs.ts";
import type { Account } from "../../db/store.ts";
import type { PostId } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { storeAndSend } from "./store-and-send.ts";

/**
 * Removes a page of the reposts of a post, and the copies in replies after the last one; safe to repeat.
 * @param most how many reposts or replies the page has at most
 * @returns the job that removes the rest; null if that was all
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function runEraseJob(
  deps: Deps,
  job: EraseJob | OrphanJob,
  most: number,
): Promise<EraseJob | OrphanJob | null> {
  if (job.kind === "orphan") return orphanPage(deps, job, most);
  const { accounts, reactions } = deps.store;
  const { post, after = null } = job;
  const reposts = await reactions.repostsOf(post, after, most);
  const last = reposts.at(-1);
  if (last === undefined) return orphanPage(deps, orphansOf(job), most);
  const authors = await accounts.byIds(reposts.map((repost) => repost.author));
  const jobs = await drawIds(async () => {
    const caused = removals(deps, authors.values(), post);
    await reactions.eraseReposts(post, reposts, caused);
    return caused;
  });
  await deps.queues.send(jobs);
  return reposts.length < most ? orphansOf(job) : { ...job, attempt: 0, after: last.author };
}

function orphanPage(deps: Deps, job: OrphanJob, most: number): Promise<OrphanJob | null> {
  // Whether a reply was reposted is a statement more for each.
  const replies = Math.ceil(most / 2);
  return job.reply === undefined
    ? orphanReplies(deps, job, replies)
    : orphanReply(deps, job, job.reply, most);
}

/** A page of replies; those that were reposted get a job of their own. */
async function orphanReplies(deps: Deps, job: OrphanJob, most: number): Promise<OrphanJob | null> {
  const { accounts, posts, reactions } = deps.store;
  const { items, next } = await posts.replies(job.post, job.below ?? null, most);
  const replies = [...(await posts.byIds(items)).values()];
  if (replies.length > 0) {
    const reposted = await Promise.all(
      replies.map(async ({ id }) => (await reactions.repostsOf(id, null, 1)).length > 0),
    );
    const authors = await accounts.byIds(replies.map((reply) => reply.author.id));
    const jobs = (): Job[] =>
      replies.flatMap((reply, n): Job[] => {
        const author = authors.get(reply.author.id);
        if (author === undefined) return [];
        if (reposted[n] === true) {
          return [orphanJob(deps.newId(author.id), job.post, reply.id)];
        }
        return removals(deps, [author], job.post);
      });
    await drawIds(() => storeAndSend(deps, jobs()));
  }
  return next === null ? null : { ...job, attempt: 0, below: next };
}

/** One reply: its author, and a page of those who reposted it. */
async function orphanReply(
  deps: Deps,
  job: OrphanJob,
  reply: PostId,
  most: number,
): Promise<OrphanJob | null> {
  const { accounts, posts, reactions } = deps.store;
  const reposts = await reactions.repostsOf(reply, job.after ?? null, most);
  const own = job.after === undefined ? (await posts.byIds([reply])).get(reply)?.author.id : null;
  const people = reposts.map((repost) => repost.author);
  if (own !== undefined && own !== null) people.push(own);
  const authors = await accounts.byIds(people);
  await drawIds(() => storeAndSend(deps, removals(deps, authors.values(), job.post)));
  const last = reposts.at(-1);
  if (last === undefined || reposts.length < most) return null;
  return { ...job, attempt: 0, after: last.author };
}

/** Jobs that bring the deletion of a post to the followers of some accounts. */
function removals(deps: Deps, accounts: Iterable<Account>, post: PostId) {
  return [...accounts].flatMap((account) =>
    fanoutJobs(account, deps.newId(account.id), { kind: "remove", id: post }),
  );
}
