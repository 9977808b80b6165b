/** The steps of a deletion, in their order. Each does a page of its work. */
import pMap from "p-map";
import { z } from "zod";
import type { OwnPost, Reaction, Relation, StatedAccount } from "../../db/store.ts";
import type { AccountStep, TallyJob } from "../../feed/delivery/jobs.ts";
import {
  edgesJob,
  eraseJob,
  relationJob,
  replyJob,
  tallyJob,
} from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import { ACCOUNT_LETTERS_PAGE, ACCOUNT_ROWS_PAGE } from "../../feed/limits-lifecycle.ts";
import { unlinkIdentity } from "../auth/identities.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { markForExport } from "../export/event-queue.ts";
import { runEdgesJob } from "./edges.ts";
import { finishJobs } from "./finish.ts";
import { runRelationJob } from "./relation.ts";
import { runTallies } from "./tally.ts";

/** @returns where the next page begins; null if the step is done */
type Step = (
  deps: Deps,
  account: StatedAccount,
  after: string | null,
  most: number,
) => Promise<string | null>;

/** Changes that are made at the same time. */
const AT_ONCE = 6;
/** A page of what is left: what is done leaves the list, so the next page begins at its beginning. */
const FROM_THE_BEGINNING = "";

export const deletionSteps: Record<Exclude<AccountStep, "reposts">, Step> = {
  reactions: endReactions,
  posts: removePosts,
  following: async (deps, { id }, _after, most) => {
    const { items } = await deps.store.graph.following(id, null, most);
    return endEdges(
      deps,
      items.map((followee) => ({ follower: id, followee })),
      most,
    );
  },
  followers: async (deps, { id }, _after, most) => {
    const { items } = await deps.store.graph.followers(id, null, most);
    return endEdges(
      deps,
      items.map((follower) => ({ follower, followee: id })),
      most,
    );
  },
  relations: endRelations,
  letters: dropLetters,
  rest: emptyObjects,
};

/** Ends reactions, brings that to their posts, and deletes the rows. */
async function endReactions(
  deps: Deps,
  { id }: StatedAccount,
  _after: string | null,
  most: number,
): Promise<string | null> {
  const { lifecycle } = deps.store;
  const { items } = await lifecycle.ownReactions(id, null, most);
  if (items.length === 0) return null;
  const jobs = await pMap(items, (reaction) => endReaction(deps, reaction), {
    concurrency: AT_ONCE,
  });
  const failures = await runTallies(deps, jobs);
  for (const error of failures.values()) throw error;
  await finishJobs(deps, jobs);
  await lifecycle.dropReactions(id, items);
  return items.length < most ? null : FROM_THE_BEGINNING;
}

/** Ends a reaction. Its followers' timelines hide what it brought already. */
function endReaction(deps: Deps, reaction: Reaction): Promise<TallyJob> {
  const { actor, kind, post, entry } = reaction;
  return drawIds(async () => {
    const tally = tallyJob(deps.newId(actor), 0, { actor, kind, post: { id: post } });
    const job = markForExport(deps.events, "unreact", tally);
    const ended = { actor, kind, post, entry, active: false, nowMs: deps.nowMs() };
    await deps.store.reactions.setReaction(ended, [job]);
    return job;
  });
}

async function removePosts(
  deps: Deps,
  { id }: StatedAccount,
  after: string | null,
  most: number,
): Promise<string | null> {
  const posts = await deps.store.lifecycle.ownPosts(id, after, most);
  const originals = posts.filter(({ repostOf }) => repostOf === null);
  await pMap(originals, (post) => removePost(deps, id, post), { concurrency: AT_ONCE });
  return posts.length < most ? null : (posts.at(-1)?.id ?? null);
}

/** Deletes a post. The followers' timelines hide it already; its reposts are elsewhere. */
async function removePost(deps: Deps, author: UserId, post: OwnPost): Promise<void> {
  const jobs = await drawIds(async () => {
    const jobId = deps.newId(author);
    const erase = { ...eraseJob(jobId, 0, post.id), author };
    const { replyTo } = post;
    const unlink = replyTo === null ? [] : [replyJob(jobId, 1, post.id, replyTo.id)];
    const caused = [markForExport(deps.events, "delete", erase), ...unlink];
    const removed = await deps.store.posts.remove({ id: post.id, author }, caused);
    return removed ? caused : [];
  });
  await Promise.all([deps.queues.send(jobs), deps.posts.drop(post.id), forgetCounts(deps, post)]);
}

/** Deletes what a post's counter has published. */
async function forgetCounts(deps: Deps, { id, likes, reposts, replies }: OwnPost): Promise<void> {
  if (likes + reposts + replies > 0) await deps.counts.forget(id);
}

/** Ends follows, both sides and the followers' timelines. */
async function endEdges(
  deps: Deps,
  pairs: readonly { follower: UserId; followee: UserId }[],
  most: number,
): Promise<string | null> {
  // Timelines that were never read stay unmade.
  const woken = await deps.store.graph.woken(pairs.map(({ follower }) => follower));
  await pMap(
    pairs,
    async ({ follower, followee }) => {
      const timeline = woken.has(follower) ? "backfill" : "rebuild";
      const job = await drawIds(async () => {
        const unmarked = edgesJob(deps.newId(follower), {
          follower,
          followees: [followee],
          timeline,
          hint: null,
        });
        const marked = markForExport(deps.events, "unfollow", unmarked);
        const edge = { follower, followee, following: false, nowMs: deps.nowMs() };
        await deps.store.graph.setEdge(edge, marked);
        return marked;
      });
      await runEdgesJob(deps, job);
      await finishJobs(deps, [job]);
    },
    { concurrency: AT_ONCE },
  );
  return pairs.length < most ? null : FROM_THE_BEGINNING;
}

async function endRelations(
  deps: Deps,
  { id }: StatedAccount,
  after: string | null,
  most: number,
): Promise<string | null> {
  const part = await deps.store.relations.allRelations(id, after === "" ? null : after);
  const active = part.items.filter((relation) => relation.active);
  await pMap(active.slice(0, most), (relation) => endRelation(deps, relation), {
    concurrency: AT_ONCE,
  });
  return active.length > most ? (after ?? FROM_THE_BEGINNING) : part.next;
}

/** Ends a mute or a block of the account, or a block by somebody else. */
async function endRelation(deps: Deps, { actor, kind, target }: Relation): Promise<void> {
  const request =
    kind === "blocked_by"
      ? ({ actor: target, kind: "block", target: actor } as const)
      : { actor, kind, target };
  const job = await drawIds(async () => {
    const made = relationJob(deps.newId(request.actor), request.actor, request.target);
    const ended = { ...request, active: false, nowMs: deps.nowMs() };
    await deps.store.relations.setRelation(ended, made);
    return made;
  });
  await runRelationJob(deps, job);
  await finishJobs(deps, [job]);
}

/** Deletes the dead letters of the account's bucket that have its posts or its card. */
async function dropLetters(
  deps: Deps,
  { id }: StatedAccount,
  after: string | null,
): Promise<string | null> {
  const { lifecycle, deadLetters } = deps.store;
  const page = await lifecycle.letters(id, after, ACCOUNT_LETTERS_PAGE);
  const own = page.items.filter(({ body }) => isOf(id, body));
  if (own.length > 0) await deadLetters.remove(own.map((letter) => letter.id));
  return page.next;
}

const bodySchema = z.looseObject({
  author: z.string().optional(),
  actor: z.string().optional(),
  follower: z.string().optional(),
  viewer: z.string().optional(),
  change: z
    .looseObject({
      entry: z
        .looseObject({ post: z.looseObject({ author: z.looseObject({ id: z.string() }) }) })
        .optional(),
    })
    .optional(),
});

/** Whether a letter's job or event belongs to an account or carries one of its posts. */
function isOf(account: UserId, body: unknown): boolean {
  const { data } = bodySchema.safeParse(body);
  if (data === undefined) return false;
  const { author, actor, follower, viewer, change } = data;
  return [author, actor, follower, viewer, change?.entry?.post.author.id].includes(account);
}

/** Empties the account's objects, forgets whom the training log means, and deletes the rows that are left. */
async function emptyObjects(deps: Deps, { id, epoch }: StatedAccount): Promise<string | null> {
  const key = await deps.homes.call(id, (home) => home.logKey());
  await deps.trainingLog.forgetViewer(key);
  await deps.homes.call(id, (home) => home.erase());
  if (epoch > 0) await deps.authorFeeds.call(id, (feed) => feed.erase());
  for (const { issuer } of await deps.store.identities.ofAccount(id)) {
    await unlinkIdentity(deps.store, id, issuer);
  }
  await deps.store.lifecycle.dropSessions(id);
  const more = await deps.store.lifecycle.dropRows(id, ACCOUNT_ROWS_PAGE);
  return more ? FROM_THE_BEGINNING : null;
}
