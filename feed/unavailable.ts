/**
 * The base of every failure that may pass: a part of Skein does not answer now, and the same call
 * may succeed later. The HTTP API answers it 503 with `Retry-After`; a queue consumer retries.
 */
export abstract class Unavailable extends Error {}
