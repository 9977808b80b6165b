/** Many calls of one step: a caller makes a few of them itself, and has others make groups of them. */
import { STORE_CALLS_DIRECT } from "./limits.ts";

/**
 * How many calls a group has. Up to `STORE_CALLS_DIRECT` calls are one group, whose calls the caller makes itself. Of
 * more calls neither the caller nor anybody whom it asks makes more than the square root of them all, or
 * `STORE_CALLS_DIRECT`.
 */
export function callGroupSize(calls: number): number {
  return Math.max(STORE_CALLS_DIRECT, Math.ceil(Math.sqrt(calls)));
}

/** The most calls that one invocation makes for so many calls of one step. */
export function callsOfInvocation(calls: number): number {
  const size = callGroupSize(calls);
  return calls <= STORE_CALLS_DIRECT ? calls : Math.max(size, Math.ceil(calls / size));
}
