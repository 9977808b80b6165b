/** Reposts of a deleted post: each is removed, and fan-out removes it from its followers' timelines. */
import { fanoutJobs } from "../../feed/delivery/new-jobs.ts";
import { ERASE_PAGE } from "../../feed/limits.ts";
import type { EraseJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";

/** Removes all reposts of a post; safe to repeat. @throws StoreUnavailable, QueueUnavailable */
export async function runEraseJob(deps: Deps, job: EraseJob): Promise<void> {
  for (;;) {
    const reposts = await deps.store.reactions.repostsOf(job.post, ERASE_PAGE);
    if (reposts.length === 0) return;
    const accounts = await deps.store.accounts.byIds(reposts.map((repost) => repost.author));
    const jobs = [...accounts.values()].flatMap((account) =>
      fanoutJobs(account, deps.newId(account.id), { kind: "remove", id: job.post }),
    );
    await deps.store.reactions.eraseReposts(reposts, jobs);
    await deps.queues.send(jobs);
  }
}
