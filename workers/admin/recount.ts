/** Reconciliation: compares counts with their reactions, and corrects them. */
import pMap from "p-map";
import type { Correction } from "../../db/store.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import type { Id, PostId } from "../../feed/ids.ts";
import { FANOUT_CONCURRENCY, RECOUNT_PAGE } from "../../feed/limits.ts";
import { type Tallies, totalOf } from "../../feed/counts/tally.ts";
import type { Deps } from "../deps.ts";

/** The result of one step of a reconciliation. */
export interface Recount {
  checked: number;
  corrected: Correction[];
  /** The position of the next step; null when all posts have been checked. */
  next: Id | null;
}

/** Checks posts after `after`: tallies against reactions, then counters against tallies. */
export async function recount(deps: Deps, after: Id | null): Promise<Recount> {
  const { recounts } = deps.store;
  const posts = await recounts.postsAfter(after, RECOUNT_PAGE);
  const corrected = posts.length === 0 ? [] : await recounts.recount(posts);
  const tallies = await recounts.talliesOf(posts);
  await pMap(
    tallies,
    async ([post, truth]) => {
      const correction = await checkCounter(deps, post, truth);
      if (correction !== null) corrected.push(correction);
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  const full = posts.length === RECOUNT_PAGE;
  return { checked: posts.length, corrected, next: full ? (posts.at(-1) ?? null) : null };
}

async function checkCounter(deps: Deps, post: PostId, truth: Tallies): Promise<Correction | null> {
  const is = totalOf(truth);
  const was = await deps.counters.call(post, (counter) => counter.read());
  if (same(was, is)) return null;
  await deps.counters.call(post, (counter) => counter.correct(truth));
  return { post, what: "counter", was, is };
}

function same(a: Counts, b: Counts): boolean {
  return a.likes === b.likes && a.reposts === b.reposts && a.replies === b.replies;
}
