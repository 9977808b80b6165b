/**
 * The base of all transient failures: a part of Skein does not answer now, and the same call may succeed
 * later. The API answers 503 with `Retry-After`; a queue consumer retries.
 */
export abstract class Unavailable extends Error {}
