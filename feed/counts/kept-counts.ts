/**
 * How long counts may be shown after they were read. Live counts come to what is on screen; this is about pages that
 * are opened. A count is as old as a quarter of its post's age at most, and no older than the post needs to get one
 * more reaction, or a twentieth more, at its present velocity.
 */
import { idTimeMs, type PostId } from "../ids.ts";
import { COUNTS_KEPT_MAX_MS } from "../limits.ts";
import type { PublishedCounts } from "./published-counts.ts";
import { perHour } from "./velocity.ts";

const SHARE_OF_AGE = 1 / 4;
/** The share of its count by which a count may be wrong, if that is more than one. */
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
    : Math.min(byAge, (Math.max(1, all * SHARE_OF_COUNT) / anHour) * HOUR_MS);
}
