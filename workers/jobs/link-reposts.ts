/** Reposts at their originals' side, where the job that erases them finds them. */
import type { Reaction } from "../../db/store.ts";
import { lateEraseJob } from "../../feed/delivery/new-jobs.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/**
 * Writes reposts at their originals' side, and erases those whose original is gone; safe to repeat. It
 * looks for the original afterwards: either a deletion before that is seen here, or the deletion's own
 * job sees the repost.
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function linkReposts(deps: Deps, reposts: readonly Reaction[]): Promise<void> {
  if (reposts.length === 0) return;
  await deps.store.reactions.applyReactions(reposts);
  const active = reposts.filter((repost) => repost.active);
  const existing = await deps.store.posts.existing(active.map(({ post }) => post));
  const gone = new Map(
    active
      .filter(({ post }) => !existing.has(post))
      .map(({ post, entry, actor }) => [post, lateEraseJob(entry ?? actor, post)]),
  );
  if (gone.size === 0) return;
  const jobs = [...gone.values()];
  await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
  await deps.queues.send(jobs);
}
