/**
 * How long counts may be shown after they were read. Live counts come to what is on screen; this is about pages that
 * are opened. Counts are never older than the time in which the post gets, at its present velocity, as many reactions
 * as the square root of those it has, by which chance alone would change them, or a twentieth if that is more. They are
 * no older than an hour, nor than half of the post's life.
 */
import { idTimeMs, type PostId } from "../ids.ts";
import { COUNTS_KEPT_MAX_MS } from "../limits-near.ts";
import type { PublishedCounts } from "./published-counts.ts";
import { perHour } from "./velocity.ts";

/** Counts that were read when the post had an age may be shown until it has twice that age. */
const SHARE_OF_AGE = 1;
const SHARE_OF_COUNT = 1 / 20;
const HOUR_MS = 3_600_000;

/**
 * @param published null if the post has no counts
 * @param readMs when they were read, in milliseconds since 1970
 * @returns how long they may be shown from then on, in milliseconds
 */
export function countsKeptMs(
  post: PostId,
  published: PublishedCounts | null,
  readMs: number,
): number {
  const byAge = Math.min(COUNTS_KEPT_MAX_MS, Math.max(0, readMs - idTimeMs(post)) * SHARE_OF_AGE);
  if (published === null) return byAge;
  const { counts, velocity } = published;
  const anHour = velocity === null ? 0 : perHour(velocity, readMs);
  const all = counts.likes + counts.reposts + counts.replies;
  return anHour === 0
    ? byAge
    : Math.min(byAge, (Math.max(1, Math.sqrt(all), all * SHARE_OF_COUNT) / anHour) * HOUR_MS);
}
