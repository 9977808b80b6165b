/**
 * The pages of an author feed, as KV stores them and isolates cache them. The head has the newest
 * entries and lists the older pages with their versions, so that a reader recognises a stale page
 * by the head that names it.
 */
import { z } from "zod";
import { type Card, cardSchema, type Entry, entrySchema, withCards } from "../timeline/entry.ts";
import { ID_PATTERN, type Id, type PostId, type UserId } from "../ids.ts";
import type { AuthorQuery, Slice } from "../timeline/merge.ts";

const idSchema = z.string().regex(ID_PATTERN);
const horizonSchema = z.union([idSchema, z.literal("")]);

/** The newest page of an author feed. */
export const headPageSchema = z.object({
  v: z.literal(1),
  /** The epoch that the feed was filled for. */
  epoch: z.int(),
  /** Grows with every change of the feed. */
  version: z.int(),
  /** Newest first. */
  entries: z.array(entrySchema),
  /** Older pages, newest first, each with the version that a reader must find. */
  older: z.array(z.object({ no: z.int(), oldest: idSchema, version: z.int() })),
  /** The feed is complete down to this id. */
  horizon: horizonSchema,
  /** Reposts on older pages, each with its original, whose older occurrences it hides. */
  reposts: z.array(z.object({ id: idSchema, post: idSchema })),
  /** The author's card if it has changed since the feed was filled; older pages may have older ones. */
  card: cardSchema.optional(),
});
export type HeadPage = z.infer<typeof headPageSchema>;

/** One older page. */
export const olderPageSchema = z.object({
  v: z.literal(1),
  epoch: z.int(),
  version: z.int(),
  entries: z.array(entrySchema),
});
export type OlderPage = z.infer<typeof olderPageSchema>;

/** The KV key of an author feed's newest page. */
export function headKey(author: UserId): string {
  return `head:${author}`;
}

/** The KV key of an older page. */
export function olderKey(author: UserId, no: number): string {
  return `page:${author}:${no}`;
}

/** The id down to which the head alone is complete. */
function headHorizon(head: HeadPage): Id {
  return head.older.length === 0 ? head.horizon : (head.entries.at(-1)?.id ?? head.horizon);
}

/**
 * The older page with the newest entries below an id; null if the head has them, or no page has.
 */
export function pageBelow(head: HeadPage, below: Id): HeadPage["older"][number] | null {
  if (below > headHorizon(head)) return null;
  return head.older.find((page) => page.oldest < below) ?? null;
}

/**
 * An author's entries below an id: the part of one page, down to where that page is complete.
 * @param older the page that `pageBelow` names; null if it could not be read
 */
export function sliceBelow(head: HeadPage, { below }: AuthorQuery, older: OlderPage | null): Slice {
  const page = pageBelow(head, below);
  if (page === null) {
    const horizon = below > headHorizon(head) ? headHorizon(head) : head.horizon;
    return { entries: head.entries.filter((entry) => entry.id < below), horizon };
  }
  const entries = (older?.entries ?? [])
    .filter((entry) => entry.id < below)
    .map((entry) => withCard(entry, head.card));
  return { entries, horizon: page === head.older.at(-1) ? head.horizon : page.oldest };
}

/** An entry with the newest card of one account. @param card undefined if it has not changed */
export function withCard(entry: Entry, card: Card | undefined): Entry {
  return card === undefined
    ? entry
    : withCards(entry, (user) => (user === card.id ? card : undefined));
}

/** For each original, the newest repost of it at or below `top` on any of the heads. */
export function newestReposts(heads: Iterable<HeadPage>, top: Id): Map<PostId, Id> {
  const newest = new Map<PostId, Id>();
  const note = (id: Id, post: PostId): void => {
    if (id <= top && id > (newest.get(post) ?? "")) newest.set(post, id);
  };
  for (const head of heads) {
    for (const entry of head.entries) if (entry.by !== null) note(entry.id, entry.post.id);
    for (const { id, post } of head.reposts) note(id, post);
  }
  return newest;
}

/** The reposts among entries, as a head lists them. */
export function repostsAmong(entries: readonly Entry[]): HeadPage["reposts"] {
  return entries.flatMap((entry) =>
    entry.by === null ? [] : [{ id: entry.id, post: entry.post.id }],
  );
}
