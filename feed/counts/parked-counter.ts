/** A counter whose post has been quiet for long: what it had, as a value in KV. */
import { z } from "zod";
import { BUCKETS } from "../limits.ts";
import type { PostId } from "../ids.ts";
import { cardSchema } from "../timeline/entry.ts";
import { velocitySchema } from "./velocity.ts";

const countSchema = z.int().min(0);

export const parkedCounterSchema = z.object({
  v: z.literal(1),
  tallies: z.object({
    buckets: z.array(
      z.object({
        bucket: countSchema.max(BUCKETS - 1),
        likes: countSchema,
        reposts: countSchema,
        version: countSchema,
      }),
    ),
    replies: z.object({ replies: countSchema, version: countSchema }),
  }),
  velocity: velocitySchema,
  /** The author's card if it has changed since the post was reposted. */
  author: cardSchema.optional(),
});
export type ParkedCounter = z.infer<typeof parkedCounterSchema>;

/** The KV key of a parked counter. Its value does not expire: it is needed when the post is liked again. */
export function parkedKey(post: PostId): string {
  return `tallies:${post}`;
}
