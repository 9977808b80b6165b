/** A post's counts in KV, as its counter publishes them. */
import type { z } from "zod";
import { countsSchema } from "../timeline/entry.ts";
import { velocitySchema } from "./velocity.ts";

/** Reads what is published. The pace is null where it is unknown, and no pace is worth the counts. */
export const publishedCountsSchema = countsSchema
  .extend({ pace: velocitySchema.nullable().catch(null) })
  .transform(({ pace, ...counts }) => ({ counts, pace }));

/** Counts, which everybody sees, and how fast they grow, which ranking alone wants to know. */
export type PublishedCounts = z.infer<typeof publishedCountsSchema>;

/** What is put in KV: counts beside their pace. */
export function publishedText({ counts, pace }: PublishedCounts): string {
  return JSON.stringify({ ...counts, pace } satisfies z.input<typeof publishedCountsSchema>);
}

/** Where KV has the counts of a post. */
export function countsKey(post: string): string {
  return `counts:${post}`;
}
