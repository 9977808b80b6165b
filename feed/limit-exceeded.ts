import { RATE_LIMIT_PERIOD_S } from "./limits.ts";

/**
 * Somebody has used up a limit that is counted over time. The API answers 429 with `Retry-After`; nothing of
 * the request was done.
 */
export class LimitExceeded extends Error {
  override readonly name = "LimitExceeded";
  /** When the request may succeed, in seconds. */
  readonly retryAfterS: number;

  /** @param what the limit that was used up */
  constructor(what: string, retryAfterS = RATE_LIMIT_PERIOD_S) {
    super(`${what} is used up`);
    this.retryAfterS = retryAfterS;
  }
}
