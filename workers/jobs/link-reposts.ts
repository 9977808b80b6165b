/** Reposts at their originals' side, where the job that erases them finds them. */
import type { Reaction } from "../../db/store.ts";
import type { EraseJob } from "../../feed/delivery/jobs.ts";
import { fanoutJobs, lateEraseJob } from "../../feed/delivery/new-jobs.ts";
import type { PostId } from "../../feed/ids.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { storeAndSend } from "./store-and-send.ts";

/**
 * Writes reposts at their originals' side, and erases those whose original is gone, or what they show of
 * an original's parent that is gone; safe to repeat. It looks for the posts afterwards: either a deletion
 * before that is seen here, or the deletion's own job sees the repost.
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function linkReposts(deps: Deps, reposts: readonly Reaction[]): Promise<void> {
  if (reposts.length === 0) return;
  await deps.store.reactions.applyReactions(reposts);
  const active = reposts.filter((repost) => repost.active);
  const originals = await deps.store.posts.byIds(active.map(({ post }) => post));
  const gone = new Map(
    active
      .filter(({ post }) => !originals.has(post))
      .map(({ post, entry, actor }): [PostId, EraseJob] => [
        post,
        lateEraseJob(entry ?? actor, post),
      ]),
  );
  await storeAndSend(deps, [...gone.values()]);
  await removeParents(deps, active, originals);
}

/** Removes what reposts of replies show of parents that are gone. */
async function removeParents(
  deps: Deps,
  reposts: readonly Reaction[],
  originals: ReadonlyMap<PostId, PostBody>,
): Promise<void> {
  const ofReplies = reposts.flatMap(({ actor, post }) => {
    const parent = originals.get(post)?.replyTo?.id;
    return parent === undefined ? [] : [{ actor, parent }];
  });
  if (ofReplies.length === 0) return;
  const existing = await deps.store.posts.existing(ofReplies.map(({ parent }) => parent));
  const orphans = ofReplies.filter(({ parent }) => !existing.has(parent));
  if (orphans.length === 0) return;
  const accounts = await deps.store.accounts.byIds(orphans.map(({ actor }) => actor));
  const jobs = () =>
    orphans.flatMap(({ actor, parent }) => {
      const account = accounts.get(actor);
      if (account === undefined) return [];
      return fanoutJobs(account, deps.newId(actor), { kind: "remove", id: parent });
    });
  await drawIds(() => storeAndSend(deps, jobs()));
}
