/** The limits of imports, as in limits.ts. */

/** The longest line of an import; a user or a follow takes under 200 bytes. */
export const IMPORT_LINE_MAX_BYTES = 4 * 1024;
/** Lines of an import that are written together, in one batch per shard and side. */
export const IMPORT_CHUNK_LINES = 1_000;
/** Characters of lines that are written together: even in four bytes each, their texts fit a parameter of D1 (2 MB). */
export const IMPORT_CHUNK_MAX_CHARS = 300_000;
/**
 * Statements, or calls of objects, that one request of an import may make. An invocation may make 1,000 in
 * D1, and some of them are repeated after a failure.
 */
export const IMPORT_STATEMENTS_MAX = 500;
/** Calls of timelines, feeds and counters of one such request. An invocation may make 10,000 calls, with those of the store. */
export const IMPORT_OBJECT_CALLS_MAX = 8_000;
/** How old what an import brings must be: the ids of a moment belong to those who post then. */
export const IMPORT_AGE_MIN_MS = 60_000;
/** The longest key of an import. */
export const IMPORT_KEY_MAX_CHARS = 128;
/** Slots of a bucket that keys are spread over, so that no value in Redis holds more than some of them. */
export const IMPORT_KEY_SLOTS = 2 ** 15;
/** Attempts to find an id for a post whose millisecond is taken; each tries a later millisecond. */
export const IMPORT_ID_ATTEMPTS = 8;
/** Posts in one job that exports them: with 280 characters each they fit a queue's message of 128 KB. */
export const IMPORT_EXPORT_POSTS = 40;
/** Characters of an issuer and of a subject that an import links to an account. */
export const EXTERNAL_ID_MAX_CHARS = 255;
