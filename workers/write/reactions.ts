/**
 * Likes and reposts. The actor's row in the store is the truth; it is written together with its
 * tally and the jobs that follow, and only if it changes something, so that a call can be repeated
 * and the last one answered wins.
 */
import type { Account, ReactionKind } from "../../db/store.ts";
import { traitsOfPost } from "../../feed/rank/engagement-history.ts";
import type { Change, Counts, PostBody } from "../../feed/timeline/entry.ts";
import { type Id, idBucket, sortedAfter, type UserId } from "../../feed/ids.ts";
import { REACTION_ATTEMPTS } from "../../feed/limits.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { eraseJob, fanoutJobs, tallyJob } from "../jobs/plan.ts";
import { followUp } from "./publish.ts";

/** A reaction as its actor asks for it. */
export interface Wish {
  actor: UserId;
  kind: ReactionKind;
  post: PostBody;
  active: boolean;
}

/** What a reaction is like now, with the post's counts as the actor should see them. */
export type Reacted = { status: "reacted"; counts: Counts } | { status: "no_account" };

/** Makes a reaction what is asked. @throws StoreUnavailable, ObjectUnavailable */
export async function react(
  deps: Deps,
  wish: Wish,
  hint: DurableObjectLocationHint | null,
): Promise<Reacted> {
  const account = (await deps.store.accounts.byIds([wish.actor])).get(wish.actor);
  if (account === undefined) return { status: "no_account" };
  let attempt = await write(deps, account, wish);
  // Another call may have put another repost in the place of the one that was to go.
  for (let n = 1; attempt.written.active !== wish.active && n < REACTION_ATTEMPTS; n++) {
    attempt = await write(deps, account, wish);
  }
  const { written, change, jobs } = attempt;
  await deps.homes.call(
    wish.actor,
    (home) => home.setReaction(written, traitsOfPost(wish.post)),
    hint,
  );
  if (written.changed) await spread(deps, { wish, change, jobs, hint });
  return { status: "reacted", counts: await countsFor(deps, wish, written.changed) };
}

/** Writes the reaction with all that follows from it, if it is not that way already. */
async function write(deps: Deps, account: Account, wish: Wish) {
  const { actor, kind, active } = wish;
  const entry = kind === "repost" ? await entryOf(deps, wish) : null;
  const change = entry === null ? null : changeOf(account, wish, entry);
  const id = deps.newId(idBucket(actor));
  const parts = change === null ? [] : fanoutJobs(account, id, change);
  const tally = tallyJob(id, parts.length, wish);
  const jobs = [...parts, ...withExport(deps.events, active ? "react" : "unreact", [tally])];
  const reaction = { actor, kind, post: wish.post.id, active, entry, nowMs: deps.nowMs() };
  return { written: await deps.store.reactions.setReaction(reaction, jobs), change, jobs };
}

/** The entry that a repost will make, or the one that has to go. */
async function entryOf(deps: Deps, wish: Wish): Promise<Id> {
  // Clocks of two locations differ, and nothing that shows a post is older than the post.
  const fresh = sortedAfter(deps.newId(idBucket(wish.actor)), wish.post.id);
  if (wish.active) return fresh;
  const reaction = await deps.store.reactions.reaction(wish.actor, wish.kind, wish.post.id);
  return reaction?.entry ?? fresh;
}

function changeOf({ id, handle, name }: Account, wish: Wish, entry: Id): Change {
  if (!wish.active) return { kind: "unrepost", id: entry, post: wish.post.id };
  const by = { id, handle, name, avatarUrl: null };
  return { kind: "entry", entry: { id: entry, by, post: wish.post } };
}

async function spread(
  deps: Deps,
  what: {
    wish: Wish;
    change: Change | null;
    jobs: readonly Job[];
    hint: DurableObjectLocationHint | null;
  },
): Promise<void> {
  const { wish, change, jobs, hint } = what;
  await followUp(deps, { author: wish.actor, change, jobs, links: [], hint });
  if (wish.kind !== "repost" || !wish.active) return;
  // A post that was deleted meanwhile has had its reposts erased, this one perhaps not among them.
  const existing = await deps.store.posts.existing([wish.post.id]);
  if (existing.has(wish.post.id)) return;
  const erase = eraseJob(deps.newId(idBucket(wish.actor)), 0, wish.post.id);
  await deps.store.outbox.put([erase], deps.nowMs());
  await deps.queues.send([erase]);
}

/** The counts as last published, patched by what the actor has just done. */
async function countsFor(deps: Deps, wish: Wish, changed: boolean): Promise<Counts> {
  const published = await deps.counts.read([wish.post.id]);
  const counts = published.get(wish.post.id)?.counts ?? wish.post.counts;
  const field = wish.kind === "like" ? "likes" : "reposts";
  const step = changed ? (wish.active ? 1 : -1) : 0;
  // What is published may not have heard of the actor yet, but they know that they are counted.
  return { ...counts, [field]: Math.max(wish.active ? 1 : 0, counts[field] + step) };
}
