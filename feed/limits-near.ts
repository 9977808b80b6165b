/** Limits of what is kept near its readers: in isolates and in the caches of data centres. */
import { KV_STALE_MAX_MS, OWN_CHANGE_RECENT_MS } from "./limits.ts";

/** How long counts are shown after they were read, at most; a young or busy post's are read sooner. */
export const COUNTS_KEPT_MAX_MS = 60 * 60 * 1000;
/** How old a post is before its counts are kept at all. */
export const COUNTS_YOUNG_MS = 60_000;
/** Values of KV that a read asks the data centre's cache for; so many calls more may keep what KV answers. */
export const NEAR_READS_MAX = 60;
/** Calls of that cache at once: the platform makes six, whatever they call. */
export const NEAR_CONCURRENCY = 6;
/** How long the data centre keeps a page of an author feed; readers know whether it is the newest. */
export const NEAR_PAGE_KEPT_MS = 10 * 60 * 1000;

if (OWN_CHANGE_RECENT_MS < COUNTS_KEPT_MAX_MS + KV_STALE_MAX_MS + 60_000) {
  throw new Error(
    "counts without a reader's own change outlive the time in which the counter is asked",
  );
}
