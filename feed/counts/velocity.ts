/**
 * How fast a post gathers reactions of late. A count says how many there ever were; this says whether
 * people take to the post now. It is one number that fades, so it costs no history.
 */
import { z } from "zod";
import { VELOCITY_HALF_LIFE_MS } from "../limits.ts";

/** Reactions that came, less those taken back, each halved every `VELOCITY_HALF_LIFE_MS`, as of `atMs`. */
export const velocitySchema = z.strictObject({
  sum: z.number().min(0).max(1e12).default(0),
  /** Milliseconds since 1970. */
  atMs: z.int().min(0).default(0),
});
export type Velocity = z.infer<typeof velocitySchema>;

/** Of a post that nobody has reacted to. */
export const NO_VELOCITY: Velocity = { sum: 0, atMs: 0 };

const HOUR_MS = 3_600_000;
/** The sum of a post that gets one reaction an hour, always. */
const SUM_OF_ONE_AN_HOUR = VELOCITY_HALF_LIFE_MS / HOUR_MS / Math.LN2;

/** The mean over a post's life, in reactions an hour; a post younger than an hour has had one too. */
export function meanPerHour(reactions: number, ageMs: number): number {
  return reactions / (Math.max(0, ageMs) / HOUR_MS + 1);
}

/** The pace of a post that has always got so many an hour. */
export function steadyVelocity(anHour: number, nowMs: number): Velocity {
  return { sum: anHour * SUM_OF_ONE_AN_HOUR, atMs: nowMs };
}

/**
 * The pace after `more` reactions; below 0 if some were taken back. They count from when they are
 * heard of, so what waited in a queue comes as one surge, for as long as it takes to fade.
 */
export function quicken(before: Velocity, more: number, nowMs: number): Velocity {
  return { sum: Math.max(0, fadedSum(before, nowMs) + more), atMs: Math.max(before.atMs, nowMs) };
}

/** What is left at `nowMs` of a reaction that came at `atMs`: 1 at first, and half after every hour. */
export function leftOf(atMs: number, nowMs: number): number {
  return 2 ** (-Math.max(0, nowMs - atMs) / VELOCITY_HALF_LIFE_MS);
}

/**
 * Reactions an hour. Of a post to which as many come every hour it is that number, some hours after
 * the first of them; what came at once is spread over the time that it takes to fade.
 */
export function perHour(pace: Velocity, nowMs: number): number {
  return fadedSum(pace, nowMs) / SUM_OF_ONE_AN_HOUR;
}

function fadedSum({ sum, atMs }: Velocity, nowMs: number): number {
  return sum * leftOf(atMs, nowMs);
}
