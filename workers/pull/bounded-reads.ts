/** Reads with a bound on keys, on feeds and on time. What fails or is late is left out, with a warning. */
import { errorText } from "../../feed/error-text.ts";
import pMap from "p-map";
import { within } from "../../durable-objects/within.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  AUTHOR_FEED_CALLS_CONCURRENCY,
  AUTHOR_FEED_CALLS_MAX,
  KV_BULK_MAX_KEYS,
} from "../../feed/limits.ts";

/** Reads keys in bulks. @param timeLeftMs the time that is left for the read, in milliseconds */
export async function readInBulks<T>(
  keys: readonly string[],
  timeLeftMs: () => number,
  read: (bulk: string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<Map<string, T>> {
  const bulks: string[][] = [];
  for (let at = 0; at < keys.length; at += KV_BULK_MAX_KEYS) {
    bulks.push(keys.slice(at, at + KV_BULK_MAX_KEYS));
  }
  const values = new Map<string, T>();
  await Promise.all(
    bulks.map(async (bulk) => {
      try {
        for (const [key, value] of await inTime(read(bulk), timeLeftMs())) values.set(key, value);
      } catch (error) {
        console.warn("KV did not return pages of authors' feeds", errorText(error));
      }
    }),
  );
  return values;
}

/** Calls a bounded number of authors' feeds. @param timeLeftMs the time that is left for the calls */
export async function visitFeeds<T extends { author: UserId }>(
  authors: readonly T[],
  timeLeftMs: () => number,
  visit: (one: T) => Promise<void>,
): Promise<void> {
  await pMap(
    authors.slice(0, AUTHOR_FEED_CALLS_MAX),
    async (one) => {
      try {
        await inTime(visit(one), timeLeftMs());
      } catch (error) {
        const { author } = one;
        console.warn("an author's feed does not answer", { author, error: errorText(error) });
      }
    },
    { concurrency: AUTHOR_FEED_CALLS_CONCURRENCY },
  );
}

function inTime<T>(work: Promise<T>, timeMs: number): Promise<T> {
  return within(work, { milliseconds: Math.max(1, timeMs) });
}
