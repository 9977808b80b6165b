/** What posts of one kind or author got of a viewer, fading with time. */
import { z } from "zod";
import { ENGAGEMENT_HALF_LIFE_MS, DWELL_COUNTED_MAX_MS } from "../limits.ts";

/** Sums that fade can be no larger; a number beyond it is a mistake in the log. */
const amountSchema = z.number().min(0).max(1e9).default(0);

/**
 * Sums over what the viewer saw, each halved every two weeks (`ENGAGEMENT_HALF_LIFE_MS`), as of
 * `atMs`. `dwellMs` counts a minute of one impression at most. What is left out is 0.
 */
export const engagementSchema = z.strictObject({
  /** Times that a post was on screen. */
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

/** Nothing seen and nothing done. */
export const NO_ENGAGEMENT: Engagement = {
  seen: 0,
  dwellMs: 0,
  opens: 0,
  likes: 0,
  reposts: 0,
  replies: 0,
  atMs: 0,
};

/** What is added at once: an impression, or a reaction; one that is taken back is negative. */
export type EngagementDelta = Partial<Omit<Engagement, "atMs">>;

/** An engagement as it counts at `nowMs`; at an earlier time than its own, as it is. */
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
  // What is taken back has faded since it was done.
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
