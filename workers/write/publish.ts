/**
 * Publishing and deleting posts. One batch writes the post together with the jobs that must follow
 * from it. The work after the batch is done at once if possible, and by the sweep if not.
 */
import { cardOf, type PostBody, type Change, NO_COUNTS } from "../../feed/timeline/entry.ts";
import { eraseJob, fanoutJobs, replyJob } from "../../feed/delivery/new-jobs.ts";
import { parentCopy, postSeenBy } from "../../feed/timeline/parents.ts";
import { idFloor, type PostId, type UserId } from "../../feed/ids.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import type { Account, IdempotencyKey } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { markFirstForExport } from "../export/event-queue.ts";
import { drawIds } from "../draw-ids.ts";
import { followUp } from "./follow-up.ts";
import { relationTo } from "../hidden.ts";
import { readParents } from "../parents.ts";

/** A post that an author wants to publish. */
export interface Draft {
  author: UserId;
  text: string;
  replyTo: PostId | null;
  idempotencyKey: string | null;
}

export type PublishOutcome =
  | { status: "published"; post: PostBody }
  /** The author's account is gone. */
  | { status: "no_account" }
  /** The post to reply to does not exist. */
  | { status: "no_parent" }
  /** The author or the parent's author has blocked the other. */
  | { status: "blocked" }
  /** The idempotency key belongs to another request. */
  | { status: "conflict" }
  /** The post that the idempotency key belongs to has been deleted since. */
  | { status: "deleted" };

/**
 * Publishes a post. When it returns `published`, every follower will get the post.
 * @param hint where to place the author's timeline if this is the first call to it
 * @throws StoreUnavailable
 */
export async function publish(
  deps: Deps,
  draft: Draft,
  hint: DurableObjectLocationHint | null,
): Promise<PublishOutcome> {
  const { author, replyTo, idempotencyKey } = draft;
  const key = idempotencyKey === null ? null : await storedKey(deps, draft, idempotencyKey);
  const [accounts, parent, earlier] = await Promise.all([
    deps.store.accounts.byIds([author]),
    replyTo === null ? null : deps.posts.get(replyTo),
    key === null ? null : deps.store.posts.replay(author, key),
  ]);
  if (earlier !== null && earlier.status !== "published") return replayOutcome(deps, earlier);
  const account = accounts.get(author);
  if (account === undefined) return { status: "no_account" };
  if (parent === undefined) return { status: "no_parent" };
  const relation = parent === null ? null : await relationTo(deps, author, parent.author.id);
  if (relation === "blocked") return { status: "blocked" };

  const { post, written, work } = await drawIds(() =>
    write(deps, { account, text: draft.text, parent, key }),
  );
  if (written.status !== "published") return replayOutcome(deps, written);
  deps.meter.count("posts", null);
  // Whoever replies sees the reply.
  if (replyTo !== null) await deps.replies.drop(replyTo);
  await followUp(deps, { author, hint, ...work });
  return { status: "published", post: postSeenBy(post, () => relation === "muted") };
}

/** Writes a new post with the jobs that follow from it. */
async function write(
  deps: Deps,
  {
    account,
    text,
    parent,
    key,
  }: {
    account: Account;
    text: string;
    parent: PostBody | null;
    key: IdempotencyKey | null;
  },
) {
  const post = newPost(deps, account, text, parent);
  const change: Change = { kind: "entry", entry: { id: post.id, by: null, post } };
  const jobs = markFirstForExport(deps.events, "post", fanoutJobs(account, post.id, change));
  const links = parent === null ? [] : [replyJob(post.id, jobs.length, post.id, parent.id)];
  const replyTo = parent === null ? null : { id: parent.id, author: parent.author.id };
  const stored = { id: post.id, author: account.id, text, replyTo };
  const written = await deps.store.posts.publish(stored, [...jobs, ...links], key);
  return { post, written, work: { change, jobs, links } };
}

/**
 * Deletes a post for its author. @returns false if it was deleted already
 * @throws StoreUnavailable
 */
export async function unpublish(
  deps: Deps,
  post: PostBody,
  hint: DurableObjectLocationHint | null,
): Promise<boolean> {
  const author = post.author.id;
  const account = (await deps.store.accounts.byIds([author])).get(author);
  if (account === undefined) return false;
  const change: Change = { kind: "remove", id: post.id };
  const { removed, jobs, links } = await drawIds(async () => {
    const id = deps.newId(author);
    const parts = markFirstForExport(deps.events, "delete", fanoutJobs(account, id, change));
    const queued = [...parts, eraseJob(id, parts.length, post.id)];
    const { replyTo } = post;
    const unlink = replyTo === null ? [] : [replyJob(id, queued.length, post.id, replyTo.id)];
    const gone = await deps.store.posts.remove({ id: post.id, author }, [...queued, ...unlink]);
    return { removed: gone, jobs: queued, links: unlink };
  });
  if (!removed) return false;
  await deps.posts.drop(post.id);
  await followUp(deps, { author, change, jobs, links, hint });
  return true;
}

function newPost(deps: Deps, account: Account, text: string, parent: PostBody | null): PostBody {
  return {
    id: deps.newId(account.id),
    author: cardOf(account),
    text,
    replyTo:
      parent === null
        ? null
        : { id: parent.id, author: parent.author.id, copy: parentCopy(parent) },
    counts: NO_COUNTS,
    followers: account.counts.followers,
  };
}

/** An idempotency key with the digest of its request, by which the store finds conflicts. */
async function storedKey(deps: Deps, draft: Draft, key: string) {
  const request = new TextEncoder().encode(JSON.stringify([draft.text, draft.replyTo]));
  const digest = await crypto.subtle.digest("SHA-256", request);
  return {
    key,
    digest: [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join(""),
    expireBelow: idFloor(deps.nowMs() - IDEMPOTENCY_TTL_MS),
  };
}

/** The outcome for a key that the store has seen before. */
async function replayOutcome(
  deps: Deps,
  earlier: { status: "replayed"; post: PostId } | { status: "conflict" },
): Promise<PublishOutcome> {
  if (earlier.status === "conflict") return earlier;
  const stored = (await deps.store.posts.byIds([earlier.post])).get(earlier.post);
  if (stored === undefined) return { status: "deleted" };
  const author = stored.author.id;
  const answered = stored.replyTo?.author;
  const relation = answered === undefined ? null : await relationTo(deps, author, answered);
  const [post] = await readParents(deps, [postSeenBy(stored, () => relation !== null)]);
  return post === undefined ? { status: "deleted" } : { status: "published", post };
}
