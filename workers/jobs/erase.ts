/** Reposts of a deleted post: each is removed, and fan-out removes it from its followers' timelines. */
import { fanoutJobs } from "../../feed/delivery/new-jobs.ts";
import type { EraseJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";

/**
 * Removes a page of the reposts of a post; safe to repeat.
 * @param most how many reposts the page has at most
 * @returns the job that removes the rest; null if that was all
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function runEraseJob(
  deps: Deps,
  job: EraseJob,
  most: number,
): Promise<EraseJob | null> {
  const { accounts, reactions } = deps.store;
  const { post, after = null } = job;
  const reposts = await reactions.repostsOf(post, after, most);
  const last = reposts.at(-1);
  if (last === undefined) return null;
  const authors = await accounts.byIds(reposts.map((repost) => repost.author));
  const jobs = await drawIds(async () => {
    const caused = [...authors.values()].flatMap((account) =>
      fanoutJobs(account, deps.newId(account.id), { kind: "remove", id: post }),
    );
    await reactions.eraseReposts(post, reposts, caused);
    return caused;
  });
  await deps.queues.send(jobs);
  return reposts.length < most ? null : { ...job, attempt: 0, after: last.author };
}
