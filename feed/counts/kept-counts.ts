/**
 * How long counts may be shown after they were read. Live counts come to what is on screen; this is about pages that
 * are opened. Counts are never older than the time in which the post gets, at its present velocity, as many reactions
 * as the square root of those it has, by which chance alone would change them, or a twentieth if that is more. They are
 * no older than an hour, nor than half of the post's life after its first minute, in which they are always new. Those of a post that was reposted bring its author's newest
 * card to timelines of people who do not follow the author, so they are older than `CARD_KEPT_MS` never.
 */
import { idTimeMs, type PostId } from "../ids.ts";
import { CARD_KEPT_MS } from "../limits-profiles.ts";
import { COUNTS_KEPT_MAX_MS, COUNTS_YOUNG_MS } from "../limits-near.ts";
import type { PublishedCounts } from "./published-counts.ts";
import { perHour } from "./velocity.ts";

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
  const byAge = Math.min(
    COUNTS_KEPT_MAX_MS,
    Math.max(0, readMs - idTimeMs(post) - COUNTS_YOUNG_MS),
  );
  if (published === null) return byAge;
  const { counts, velocity } = published;
  const mostMs = counts.reposts > 0 ? Math.min(byAge, CARD_KEPT_MS) : byAge;
  const anHour = velocity === null ? 0 : perHour(velocity, readMs);
  const all = counts.likes + counts.reposts + counts.replies;
  return anHour === 0
    ? mostMs
    : Math.min(mostMs, (Math.max(1, Math.sqrt(all), all * SHARE_OF_COUNT) / anHour) * HOUR_MS);
}
