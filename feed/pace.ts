/**
 * How fast a post gathers reactions of late. A count says how many there ever were; this says whether
 * people take to the post now. It is one number that fades, so it costs no history.
 */
import { z } from "zod";
import { PACE_HALF_LIFE_MS } from "./limits.ts";

/** Reactions that came, less those taken back, each halved every `PACE_HALF_LIFE_MS`, as of `atMs`. */
export const paceSchema = z.strictObject({
  sum: z.number().min(0).max(1e12).default(0),
  /** Milliseconds since 1970. */
  atMs: z.int().min(0),
});
export type Pace = z.infer<typeof paceSchema>;

/** Of a post that nobody has reacted to. */
export const NO_PACE: Pace = { sum: 0, atMs: 0 };

/** The pace after `more` reactions; below 0 if some were taken back. */
export function quicken(before: Pace, more: number, nowMs: number): Pace {
  return { sum: Math.max(0, fadedSum(before, nowMs) + more), atMs: Math.max(before.atMs, nowMs) };
}

/**
 * Reactions an hour. Of a post to which as many come every hour it is that number, some hours after
 * the first of them; what came at once is spread over the time that it takes to fade.
 */
export function perHour(pace: Pace, nowMs: number): number {
  return (fadedSum(pace, nowMs) * Math.LN2 * 3_600_000) / PACE_HALF_LIFE_MS;
}

function fadedSum({ sum, atMs }: Pace, nowMs: number): number {
  return sum * 2 ** (-Math.max(0, nowMs - atMs) / PACE_HALF_LIFE_MS);
}
