/**
 * Likes and reposts. The actor's row in the store is the source of truth. One batch writes it
 * together with its tally and the jobs that follow, and only if the row changes. So a call can be
 * repeated, and the call that is answered last wins.
 */
import type { ReactionContext } from "../../durable-objects/home-timeline/own-reactions.ts";
import type { Account, ReactionKind } from "../../db/store.ts";
import { fanoutJobs, tallyJob } from "../../feed/delivery/new-jobs.ts";
import { traitsOfPost } from "../../feed/rank/engagement-history.ts";
import { cardOf, type Change, type Counts, type PostBody } from "../../feed/timeline/entry.ts";
import { type Id, sortedAfter, type UserId } from "../../feed/ids.ts";
import { REACTION_ATTEMPTS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { markForExport } from "../export/event-queue.ts";
import { countsWithTally } from "../timeline/own-changes.ts";
import { drawIds } from "../draw-ids.ts";
import { readParents } from "../parents.ts";
import { followUp } from "./follow-up.ts";

/** A reaction as its actor wants it to be. */
export interface ReactionRequest {
  actor: UserId;
  kind: ReactionKind;
  post: PostBody;
  active: boolean;
}

/** The outcome of a request, with the post's counts as the actor should see them. */
export type ReactionOutcome =
  | { status: "done"; counts: Counts }
  /** The actor's account is gone. */
  | { status: "no_account" };

/**
 * Sets or removes a reaction; safe to repeat.
 * @param hint where to place the actor's timeline if this is the first call to it
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function setReaction(
  deps: Deps,
  request: ReactionRequest,
  hint: DurableObjectLocationHint | null,
): Promise<ReactionOutcome> {
  const { actor, post, active } = request;
  const published = publishedCounts(deps, post);
  const [accounts, shown] = await Promise.all([
    deps.store.accounts.byIds([actor]),
    withShownParent(deps, request),
  ]);
  const account = accounts.get(actor);
  if (account === undefined) return { status: "no_account" };
  let attempt = await drawIds(() => write(deps, account, shown));
  // Another call may have replaced the repost that this one was to remove.
  for (let n = 1; attempt.written.active !== active && n < REACTION_ATTEMPTS; n++) {
    attempt = await drawIds(() => write(deps, account, shown));
  }
  const { written, change, jobs } = attempt;
  const { tally, changed, ...reaction } = written;
  const context = { traits: traitsOfPost(post), ...(await published), changed, tally };
  const counts = await deps.homes.call(
    actor,
    async (home) => await home.setReaction(reaction, context),
    hint,
  );
  if (changed) await followUp(deps, { author: actor, change, jobs, links: [], hint });
  return { status: "done", counts: counts ?? (await countsWithTally(deps, post.id, tally)) };
}

/** A repost of a reply brings the reply's parent to timelines. */
async function withShownParent(deps: Deps, request: ReactionRequest): Promise<ReactionRequest> {
  if (request.kind !== "repost" || !request.active) return request;
  const [post = request.post] = await readParents(deps, [request.post]);
  return { ...request, post };
}

/**
 * A post's counts as last published. They cost no call of the counter, which a popular post could not
 * bear.
 */
async function publishedCounts(
  deps: Deps,
  post: PostBody,
): Promise<Pick<ReactionContext, "published" | "publishedAtMs">> {
  const known = (await deps.counts.readNewest([post.id])).get(post.id);
  return { published: known?.counts ?? post.counts, publishedAtMs: known?.velocity?.atMs ?? 0 };
}

/** Writes the reaction with the jobs that follow from it, if it is a change. */
async function write(deps: Deps, account: Account, request: ReactionRequest) {
  const { actor, kind, active, post } = request;
  const entry = kind === "repost" ? await repostEntry(deps, request) : null;
  const change = entry === null ? null : repostChange(account, request, entry);
  const id = deps.newId(actor);
  const parts = change === null ? [] : fanoutJobs(account, id, change);
  const tally = tallyJob(id, parts.length, request);
  const jobs = [...parts, markForExport(deps.events, active ? "react" : "unreact", tally)];
  const reaction = { actor, kind, post: post.id, active, entry, nowMs: deps.nowMs() };
  return { written: await deps.store.reactions.setReaction(reaction, jobs), change, jobs };
}

/** The id of the entry that a repost makes, or of the one to remove. */
async function repostEntry(
  deps: Deps,
  { actor, kind, post, active }: ReactionRequest,
): Promise<Id> {
  // The clocks of two locations differ, but a repost must not be older than its post.
  const newId = sortedAfter(deps.newId(actor), post.id);
  if (active) return newId;
  const reaction = await deps.store.reactions.reaction(actor, kind, post.id);
  return reaction?.entry ?? newId;
}

function repostChange(account: Account, { post, active }: ReactionRequest, entry: Id): Change {
  if (!active) return { kind: "unrepost", id: entry, post: post.id };
  return { kind: "entry", entry: { id: entry, by: cardOf(account), post } };
}
