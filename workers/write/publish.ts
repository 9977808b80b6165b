/**
 * Publishing and deleting posts. The post and everything that must follow from it are written in
 * one batch; what comes after is done at once if possible, and by the sweep if not.
 */
import { type PostBody, type Change, NO_COUNTS } from "../../feed/timeline/entry.ts";
import { idBucket, idFloor, type PostId, type UserId } from "../../feed/ids.ts";
import type { Job, ReplyJob } from "../../feed/delivery/jobs.ts";
import { FANOUT_RPC_TIMEOUT_MS, IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import type { Account } from "../../db/store.ts";
import pTimeout from "p-timeout";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { isBlocked } from "./hidden.ts";
import { eraseJob, fanoutJobs, replyJob } from "../jobs/plan.ts";
import { finish } from "../jobs/settle.ts";
import { runTallies } from "../jobs/tally.ts";

/** A post as its author asks for it. */
export interface Draft {
  author: UserId;
  text: string;
  replyTo: PostId | null;
  idempotencyKey: string | null;
}

export type Outcome =
  | { status: "published"; post: PostBody }
  | { status: "no_account" }
  | { status: "no_parent" }
  /** One of the two has blocked the other. */
  | { status: "blocked" }
  /** The idempotency key stands for another request. */
  | { status: "conflict" }
  /** The key's post has been deleted since. */
  | { status: "deleted" };

/** Publishes a post; once it returns, every follower will have it. @throws StoreUnavailable */
export async function publish(
  deps: Deps,
  draft: Draft,
  hint: DurableObjectLocationHint | null,
): Promise<Outcome> {
  const { author, replyTo } = draft;
  const key = draft.idempotencyKey === null ? null : await keyOf(deps, draft, draft.idempotencyKey);
  const [accounts, parents, earlier] = await Promise.all([
    deps.store.accounts.byIds([author]),
    deps.store.posts.byIds(replyTo === null ? [] : [replyTo]),
    key === null ? null : deps.store.posts.replay(author, key),
  ]);
  if (earlier !== null && earlier.status !== "published") return replayed(deps, earlier);
  const account = accounts.get(author);
  if (account === undefined) return { status: "no_account" };
  const parent = replyTo === null ? null : parents.get(replyTo);
  if (parent === undefined) return { status: "no_parent" };
  if (parent !== null && (await isBlocked(deps, author, parent.author.id))) {
    return { status: "blocked" };
  }

  const post = toPost(deps, account, draft.text, parent);
  const change: Change = { kind: "entry", entry: { id: post.id, by: null, post } };
  const jobs = withExport(deps.events, "post", fanoutJobs(account, post.id, change));
  const links = parent === null ? [] : [replyJob(post.id, jobs.length, post.id, parent.id)];
  const stored = { id: post.id, author, text: post.text, replyTo: post.replyTo };
  const written = await deps.store.posts.publish(stored, [...jobs, ...links], key);
  if (written.status !== "published") return replayed(deps, written);
  deps.meter.count("posts", null);
  await followUp(deps, { author, change, jobs, links, hint });
  return { status: "published", post };
}

/** Deletes a post of its author. @returns false if it is gone already @throws StoreUnavailable */
export async function unpublish(
  deps: Deps,
  post: PostBody,
  hint: DurableObjectLocationHint | null,
): Promise<boolean> {
  const author = post.author.id;
  const account = (await deps.store.accounts.byIds([author])).get(author);
  if (account === undefined) return false;
  const id = deps.newId(idBucket(author));
  const change: Change = { kind: "remove", id: post.id };
  const jobs = withExport(deps.events, "delete", fanoutJobs(account, id, change));
  const erase = eraseJob(id, jobs.length, post.id);
  const links =
    post.replyTo === null ? [] : [replyJob(id, jobs.length + 1, post.id, post.replyTo.id)];
  const all = [...jobs, erase, ...links];
  const removed = await deps.store.posts.remove({ id: post.id, author }, all);
  if (removed) await followUp(deps, { author, change, jobs: [...jobs, erase], links, hint });
  return removed;
}

function toPost(deps: Deps, account: Account, text: string, parent: PostBody | null): PostBody {
  const { id, handle, name, counts } = account;
  return {
    id: deps.newId(idBucket(id)),
    author: { id, handle, name, avatarUrl: null },
    text,
    replyTo: parent === null ? null : { id: parent.id, author: parent.author.id },
    counts: NO_COUNTS,
    followers: counts.followers,
  };
}

/**
 * What can be done at once is: the author reads their own write, the parent lists its reply, the
 * queue has the parts. Whatever fails here is in the outbox.
 */
export async function followUp(
  deps: Deps,
  what: {
    author: UserId;
    /** What the author's own timeline is to show at once. */
    change: Change | null;
    jobs: readonly Job[];
    links: readonly ReplyJob[];
    hint: DurableObjectLocationHint | null;
  },
): Promise<void> {
  const { author, change, jobs, links, hint } = what;
  const results = await Promise.allSettled([
    change === null ? null : tellAuthor(deps, author, change, hint),
    deps.queues.send(jobs),
    ...links.map((link) => settleNow(deps, link)),
  ]);
  for (const result of results) {
    if (result.status === "rejected") console.warn("left to the sweep", String(result.reason));
  }
}

/** An author's timeline that hangs does not keep them from posting. */
function tellAuthor(
  deps: Deps,
  author: UserId,
  change: Change,
  hint: DurableObjectLocationHint | null,
): Promise<unknown> {
  const told = deps.homes.call(author, async (home) => await home.deliver([change]), hint);
  return pTimeout(told, { milliseconds: FANOUT_RPC_TIMEOUT_MS });
}

async function settleNow(deps: Deps, link: ReplyJob): Promise<void> {
  const [failed] = await runTallies(deps, [link]);
  if (failed !== undefined) throw failed.error;
  await finish(deps, [link]);
}

async function keyOf(deps: Deps, draft: Draft, key: string) {
  const request = new TextEncoder().encode(JSON.stringify([draft.text, draft.replyTo]));
  const digest = await crypto.subtle.digest("SHA-256", request);
  return {
    key,
    digest: [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join(""),
    expireBelow: idFloor(deps.nowMs() - IDEMPOTENCY_TTL_MS),
  };
}

async function replayed(
  deps: Deps,
  earlier: { status: "replayed"; post: PostId } | { status: "conflict" },
): Promise<Outcome> {
  if (earlier.status === "conflict") return earlier;
  const post = (await deps.store.posts.byIds([earlier.post])).get(earlier.post);
  return post === undefined ? { status: "deleted" } : { status: "published", post };
}
