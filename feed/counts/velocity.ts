/**
 * How fast a post has gathered reactions lately. A count says how many it ever got; the velocity
 * says whether people react to it now. It is one number that decays, so it needs no history.
 */
import { z } from "zod";
import { VELOCITY_HALF_LIFE_MS } from "../limits.ts";

/** The sum of reactions less those taken back, each halved every `VELOCITY_HALF_LIFE_MS`. */
export const velocitySchema = z.strictObject({
  sum: z.number().min(0).max(1e12).default(0),
  /** The time of the sum, in milliseconds since 1970. */
  atMs: z.int().min(0).default(0),
});
export type Velocity = z.infer<typeof velocitySchema>;

/** The velocity of a post without reactions. */
export const NO_VELOCITY: Velocity = { sum: 0, atMs: 0 };

const HOUR_MS = 3_600_000;
/** The sum of a post that always gets one reaction an hour. */
const SUM_OF_ONE_AN_HOUR = VELOCITY_HALF_LIFE_MS / HOUR_MS / Math.LN2;

/**
 * The mean over a post's life, in reactions an hour. An hour is added to its age: a new post is not
 * rated by minutes.
 */
export function meanPerHour(reactions: number, ageMs: number): number {
  return reactions / (Math.max(0, ageMs) / HOUR_MS + 1);
}

/** The velocity of a post that has always got `anHour` reactions an hour. */
export function steadyVelocity(anHour: number, nowMs: number): Velocity {
  return { sum: anHour * SUM_OF_ONE_AN_HOUR, atMs: nowMs };
}

/**
 * The velocity after `more` reactions; `more` is negative if some were taken back. They count from
 * when they arrive, so reactions that waited in a queue look like a surge until they decay.
 */
export function quicken(before: Velocity, more: number, nowMs: number): Velocity {
  return { sum: Math.max(0, decayedSum(before, nowMs) + more), atMs: Math.max(before.atMs, nowMs) };
}

/** The weight at `nowMs` of a reaction that came at `atMs`: 1 at first, halved every half-life. */
export function leftOf(atMs: number, nowMs: number): number {
  return 2 ** (-Math.max(0, nowMs - atMs) / VELOCITY_HALF_LIFE_MS);
}

/**
 * The velocity in reactions an hour. For a post that gets as many every hour it is that number,
 * some hours after the first of them. Reactions that came at once are spread over the time they
 * decay in.
 */
export function perHour(velocity: Velocity, nowMs: number): number {
  return decayedSum(velocity, nowMs) / SUM_OF_ONE_AN_HOUR;
}

function decayedSum({ sum, atMs }: Velocity, nowMs: number): number {
  return sum * leftOf(atMs, nowMs);
}
