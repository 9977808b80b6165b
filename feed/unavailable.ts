import { RETRY_AFTER_S } from "./limits.ts";

/**
 * The base of all transient failures: a part of Skein does not answer now, and the same call may succeed
 * later. The API answers 503 with `Retry-After`; a queue consumer retries.
 */
export abstract class Unavailable extends Error {
  /** The `Retry-After` of the answer, in seconds. */
  readonly retryAfterS: number = RETRY_AFTER_S;
  /** Whether the failure is worth a line in the log: a bound that holds is not. */
  readonly isFault: boolean = true;
}
