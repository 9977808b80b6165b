/** Where KV has the counts of a post, and what they are there. */
import { countsSchema } from "./entry.ts";
import { paceSchema } from "./pace.ts";
import type { z } from "zod";

/** Counts as their counter published them, and how fast they grew; null where that is unknown. */
export const publishedCountsSchema = countsSchema.extend({
  pace: paceSchema.nullable().default(null),
});
export type PublishedCounts = z.infer<typeof publishedCountsSchema>;

/** The key of a post. */
export function countsKey(post: string): string {
  return `counts:${post}`;
}
