/**
 * What a timeline is made of. An entry is a post, or a repost that points at one; it carries the
 * whole post and its author's card, rendered once by the publisher, so that a warm timeline
 * page needs nothing but the timeline itself.
 */
import { z } from "zod";
import { ID_PATTERN, type UserId } from "../ids.ts";

const idSchema = z.string().regex(ID_PATTERN);

/** What is shown of an account beside its posts. `avatarUrl` is null while it has no picture. */
export const cardSchema = z.object({
  id: idSchema,
  handle: z.string(),
  name: z.string(),
  avatarUrl: z.string().nullable(),
});
export type Card = z.infer<typeof cardSchema>;

/** Reactions to a post, each at least 0; exact in the store, as last known elsewhere. */
export const countsSchema = z.object({
  likes: z.int().min(0),
  reposts: z.int().min(0),
  replies: z.int().min(0),
});
export type Counts = z.infer<typeof countsSchema>;

/** The counts of a post nobody has reacted to. */
export const NO_COUNTS: Counts = { likes: 0, reposts: 0, replies: 0 };

/** Reactions of all kinds together. */
export function reactionsIn({ likes, reposts, replies }: Counts): number {
  return likes + reposts + replies;
}

/** A post as it travels and is stored; its time is in its id. */
export const postBodySchema = z.object({
  id: idSchema,
  author: cardSchema,
  text: z.string(),
  /** What it answers, and who wrote that: the author decides in whose timelines a reply belongs. */
  replyTo: z.object({ id: idSchema, author: idSchema }).nullable(),
  counts: countsSchema,
  /**
   * How many follow the author, as of when the post was rendered; left out where that is unknown.
   */
  followers: z.int().min(0).optional(),
});
export type PostBody = z.infer<typeof postBodySchema>;

/**
 * One line of a timeline. `id` is the post's own, or the repost's; `by` is who reposted it, null
 * for an original.
 */
export const entrySchema = z.object({
  id: idSchema,
  by: cardSchema.nullable(),
  post: postBodySchema,
});
export type Entry = z.infer<typeof entrySchema>;

/** Whose followers an entry goes to: the reposter, or the author of an original. */
export function entryAuthor(entry: Entry): UserId {
  return entry.by?.id ?? entry.post.author.id;
}

/** One change to a timeline, as fan-out delivers it. */
export const changeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("entry"), entry: entrySchema }),
  /** A post is gone, and with it every entry that shows it. */
  z.object({ kind: z.literal("remove"), id: idSchema }),
  /** A repost is taken back; `post` is its original, which may stand elsewhere. */
  z.object({ kind: z.literal("unrepost"), id: idSchema, post: idSchema }),
]);
export type Change = z.infer<typeof changeSchema>;

/** A change as fan-out delivers it, with its author's epoch at the time; 0 if they have none. */
export type Delivery = Change & { epoch?: number };
