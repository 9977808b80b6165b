/** A viewer's engagement with the posts of an author or of a kind, decaying with time. */
import { z } from "zod";
import { ENGAGEMENT_HALF_LIFE_MS, DWELL_COUNTED_MAX_MS } from "../limits.ts";

/** Decaying sums are never larger; a larger number is an error in the log. */
const amountSchema = z.number().min(0).max(1e9).default(0);

/**
 * Sums over what the viewer saw, each halved every two weeks (`ENGAGEMENT_HALF_LIFE_MS`), as of
 * `atMs`. `dwellMs` counts at most a minute of one impression. An absent sum is 0.
 */
export const engagementSchema = z.strictObject({
  /** Impressions. */
  seen: amountSchema,
  dwellMs: z.number().min(0).max(1e15).default(0),
  opens: amountSchema,
  likes: amountSchema,
  reposts: amountSchema,
  replies: amountSchema,
  /** Milliseconds since 1970. */
  atMs: z.int().min(0).default(0),
});
export type Engagement = z.infer<typeof engagementSchema>;

/** No engagement. */
export const NO_ENGAGEMENT: Engagement = {
  seen: 0,
  dwellMs: 0,
  opens: 0,
  likes: 0,
  reposts: 0,
  replies: 0,
  atMs: 0,
};

/** An addition to engagement: an impression or a reaction; an undone reaction is negative. */
export type EngagementDelta = Partial<Omit<Engagement, "atMs">>;

/** An engagement, decayed to `nowMs`; unchanged if `nowMs` is before its own time. */
export function faded(engagement: Engagement, nowMs: number): Engagement {
  const passedMs = Math.max(0, nowMs - engagement.atMs);
  const left = 2 ** (-passedMs / ENGAGEMENT_HALF_LIFE_MS);
  return {
    seen: engagement.seen * left,
    dwellMs: engagement.dwellMs * left,
    opens: engagement.opens * left,
    likes: engagement.likes * left,
    reposts: engagement.reposts * left,
    replies: engagement.replies * left,
    atMs: Math.max(nowMs, engagement.atMs),
  };
}

/** An engagement with a delta added. */
export function engage(before: Engagement, delta: EngagementDelta, nowMs: number): Engagement {
  const now = faded(before, nowMs);
  // An undone reaction has decayed since it was added.
  const plus = (sum: number, change = 0) => Math.max(0, sum + change);
  return {
    seen: plus(now.seen, delta.seen),
    dwellMs: plus(now.dwellMs, Math.min(delta.dwellMs ?? 0, DWELL_COUNTED_MAX_MS)),
    opens: plus(now.opens, delta.opens),
    likes: plus(now.likes, delta.likes),
    reposts: plus(now.reposts, delta.reposts),
    replies: plus(now.replies, delta.replies),
    atMs: now.atMs,
  };
}
