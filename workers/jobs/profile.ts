/**
 * A new card of an author, for posts that reach timelines by reposts. It goes beside the posts' counts, which
 * every page reads anyway, so no page reads more for it, and no follower of a reposter gets a call.
 */
import pMap from "p-map";
import type { ProfileJob } from "../../feed/delivery/jobs.ts";
import { BEGINNING, idCeiling, newestFirst } from "../../feed/ids.ts";
import { PROFILE_AGAIN_MS, PROFILE_PAGE } from "../../feed/limits-profiles.ts";
import { CLOCK_SKEW_MS, FANOUT_CONCURRENCY } from "../../feed/limits.ts";
import { cardOf } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";

/** What a job leaves to be done, and when; null for at once. */
interface LaterJob {
  job: ProfileJob;
  dueMs: number | null;
}

/**
 * Brings the card to the counters of a page of posts; safe to repeat.
 * @returns the job for the next page, or for the second time; null at the end
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function runProfileJob(deps: Deps, job: ProfileJob): Promise<LaterJob | null> {
  const { author, version } = job;
  const account = (await deps.store.accounts.byIds([author])).get(author);
  if (account === undefined || account.profileVersion > version) return null;
  const below = job.below ?? idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const span = { downTo: BEGINNING, limit: PROFILE_PAGE };
  const slices = await deps.store.posts.byAuthors([{ author, below }], span);
  const entries = [...(slices.get(author)?.entries ?? [])].sort(newestFirst);
  const card = cardOf(account);
  const reposted = entries.filter(({ by, post }) => by === null && post.counts.reposts > 0);
  await pMap(reposted, ({ post }) => deps.counters.noteAuthor(post.id, card), {
    concurrency: FANOUT_CONCURRENCY,
  });
  const last = entries.at(-1);
  if (entries.length === PROFILE_PAGE && last !== undefined) {
    return { job: { ...job, attempt: 0, below: last.id }, dueMs: null };
  }
  if (job.again) return null;
  const { below: _, ...first } = job;
  return { job: { ...first, attempt: 0, again: true }, dueMs: deps.nowMs() + PROFILE_AGAIN_MS };
}
