/**
 * The entries of a timeline. An entry is a post, or a repost of one. It carries the whole post and its
 * author's card, which the publishing request writes once, so that a warm timeline page needs nothing
 * but the timeline itself.
 */
import { z } from "zod";
import { ID_PATTERN, type PostId, type UserId } from "../ids.ts";

const idSchema = z.string().regex(ID_PATTERN);

/** An account's card, which its posts show. `avatarUrl` is null if it has no picture. */
export const cardSchema = z.object({
  id: idSchema,
  handle: z.string(),
  name: z.string(),
  avatarUrl: z.string().nullable(),
  /** The version of the profile; absent before its first change, as 0. The newer of two cards wins. */
  version: z.int().min(0).optional(),
});
export type Card = z.infer<typeof cardSchema>;

/** The newer of two cards of one account; the first if they are of one version. */
export function newerCard(card: Card, other: Card | undefined): Card {
  return other !== undefined && (other.version ?? 0) > (card.version ?? 0) ? other : card;
}

/** The card of an account. */
export function cardOf(account: {
  id: UserId;
  handle: string;
  name: string;
  avatarUrl: string | null;
  profileVersion: number;
}): Card {
  const { id, handle, name, avatarUrl, profileVersion: version } = account;
  return { id, handle, name, avatarUrl, ...(version > 0 ? { version } : {}) };
}

/** Counts of a post's reactions, each at least 0. They are exact in the store, and may be old elsewhere. */
export const countsSchema = z.object({
  likes: z.int().min(0),
  reposts: z.int().min(0),
  replies: z.int().min(0),
});
export type Counts = z.infer<typeof countsSchema>;

/** The counts of a post without reactions. */
export const NO_COUNTS: Counts = { likes: 0, reposts: 0, replies: 0 };

/** The sum of all kinds of reactions. */
export function reactionsIn({ likes, reposts, replies }: Counts): number {
  return likes + reposts + replies;
}

/** What a reply shows of its parent: the author's card and the beginning of the text. */
export const parentCopySchema = z.object({ author: cardSchema, text: z.string() });
export type ParentCopy = z.infer<typeof parentCopySchema>;

/** A post as it is sent and stored. Its id contains its time. */
export const postBodySchema = z.object({
  id: idSchema,
  author: cardSchema,
  text: z.string(),
  /**
   * Its parent and the parent's author, who decides in whose timelines the reply belongs. `copy` is what
   * the reply shows of it: null if the parent is gone, absent if it has not been read.
   */
  replyTo: z
    .object({ id: idSchema, author: idSchema, copy: parentCopySchema.nullable().optional() })
    .nullable(),
  counts: countsSchema,
  /** The author's followers at the time of publishing; absent if unknown. */
  followers: z.int().min(0).optional(),
});
export type PostBody = z.infer<typeof postBodySchema>;

/**
 * One entry of a timeline. `id` is the id of the post or of the repost; `by` is the reposter, null for
 * an original.
 */
export const entrySchema = z.object({
  id: idSchema,
  by: cardSchema.nullable(),
  post: postBodySchema,
});
export type Entry = z.infer<typeof entrySchema>;

/** The posts that entries show as reposts. */
export function repostedOf(entries: readonly Entry[]): PostId[] {
  return entries.filter((entry) => entry.by !== null).map((entry) => entry.post.id);
}

/** The account whose followers get an entry: the reposter, or the author of an original. */
export function entryAuthor(entry: Entry): UserId {
  return entry.by?.id ?? entry.post.author.id;
}

/**
 * An entry with the newest cards of its author, its reposter and whom it answers: the entry itself if it has them.
 * @param cardOfUser the newest known card of an account; undefined if it has not changed
 */
export function withCards(entry: Entry, cardOfUser: (user: UserId) => Card | undefined): Entry {
  const author = newerCard(entry.post.author, cardOfUser(entry.post.author.id));
  const by = entry.by === null ? null : newerCard(entry.by, cardOfUser(entry.by.id));
  const replyTo = parentWithCard(entry.post.replyTo, cardOfUser);
  const { post } = entry;
  if (author === post.author && by === entry.by && replyTo === post.replyTo) return entry;
  return { ...entry, by, post: { ...post, author, replyTo } };
}

function parentWithCard(
  replyTo: PostBody["replyTo"],
  cardOfUser: (user: UserId) => Card | undefined,
): PostBody["replyTo"] {
  const copy = replyTo?.copy ?? null;
  if (replyTo === null || copy === null) return replyTo;
  const author = newerCard(copy.author, cardOfUser(copy.author.id));
  return author === copy.author ? replyTo : { ...replyTo, copy: { ...copy, author } };
}

/** Everybody whom ranking an entry is about: its author, its reposter, and whom a reply answers. */
export function peopleAbout(entry: Entry): UserId[] {
  const { author, replyTo } = entry.post;
  return [author.id, entryAuthor(entry), ...(replyTo === null ? [] : [replyTo.author])];
}

/** A change of entries, as author feeds have them too. */
const entryChangeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("entry"), entry: entrySchema }),
  /** A post was deleted, and with it every entry that shows it. */
  z.object({ kind: z.literal("remove"), id: idSchema }),
  /** A repost was undone; `post` is its original, which other entries may show. */
  z.object({ kind: z.literal("unrepost"), id: idSchema, post: idSchema }),
  /** An author has another card now, which all their entries show. */
  z.object({ kind: z.literal("card"), card: cardSchema }),
]);
export type EntryChange = z.infer<typeof entryChangeSchema>;

const stateOfAccount = { account: idSchema, version: z.int() };

/** One change to a timeline. */
export const changeSchema = z.discriminatedUnion("kind", [
  ...entryChangeSchema.options,
  /** An account was hidden, and with it every entry that shows a post or a repost of it. A newer version decides. */
  z.object({ kind: z.literal("hide"), ...stateOfAccount }),
  /** A hidden account is active again. */
  z.object({ kind: z.literal("unhide"), ...stateOfAccount }),
]);
export type Change = z.infer<typeof changeSchema>;

/** A change as fan-out delivers it, with the author's epoch at the time of the fan-out; 0 if they have none. */
export type Delivery = Change & { epoch?: number };
