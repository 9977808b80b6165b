/**
 * A post's counts in KV, as its counter publishes them. The key of the velocity there is `pace`.
 */
import type { z } from "zod";
import { countsSchema } from "../timeline/entry.ts";
import { velocitySchema } from "./velocity.ts";

/**
 * Reads a published value. The velocity is null where the value has none, or one that does not
 * parse: the counts are worth more than a valid velocity.
 */
export const publishedCountsSchema = countsSchema
  .extend({ pace: velocitySchema.nullable().catch(null) })
  .transform(({ pace, ...counts }) => ({ counts, velocity: pace }));

/** Counts, which everybody sees, and how fast they grow, which only ranking uses. */
export type PublishedCounts = z.infer<typeof publishedCountsSchema>;

/** The value that is put in KV: the counts, with the velocity beside them. */
export function publishedText({ counts, velocity }: PublishedCounts): string {
  return JSON.stringify({ ...counts, pace: velocity } satisfies z.input<
    typeof publishedCountsSchema
  >);
}

/** The KV key of a post's counts. */
export function countsKey(post: string): string {
  return `counts:${post}`;
}

/** The post that a key of `countsKey` is of. */
export function postOfCountsKey(key: string): string {
  return key.slice(countsKey("").length);
}
