/** The list of replies of a post, in the shard of the parent, and its count. */
import type { ReplyJob } from "../../feed/jobs.ts";
import type { Deps } from "../deps.ts";

/** Brings list and count in step with whether the reply exists; safe to repeat, in any order. */
export async function runReplyJob(deps: Deps, job: ReplyJob): Promise<void> {
  const existing = await deps.store.posts.existing([job.reply]);
  const counts = await deps.store.posts.setReply(job.reply, job.parent, existing.has(job.reply));
  if (counts !== null) await deps.counts.write(job.parent, counts);
}
