/**
 * The pages of an author's outbox, as they stand in KV and in the memory of isolates. The head has
 * the newest entries and says what older pages there are; every page says how new it is, so that
 * a stale one is known by the one above it.
 */
import { z } from "zod";
import { entrySchema, type Entry } from "../timeline/entry.ts";
import { ID_PATTERN, type Id, type PostId, type UserId } from "../ids.ts";
import type { AuthorQuery, Slice } from "../timeline/merge.ts";

const idSchema = z.string().regex(ID_PATTERN);
const horizonSchema = z.union([idSchema, z.literal("")]);

/** The newest page of an outbox. */
export const headPageSchema = z.object({
  v: z.literal(1),
  /** The epoch the outbox was filled for. */
  epoch: z.int(),
  /** Grows with every change of the outbox. */
  version: z.int(),
  /** Newest first. */
  entries: z.array(entrySchema),
  /** Older pages, newest first, with the version each has to have. */
  older: z.array(z.object({ no: z.int(), oldest: idSchema, version: z.int() })),
  /** Down to here the outbox is complete. */
  horizon: horizonSchema,
  /** The reposts on older pages, each with its original: they hide older occurrences of it. */
  reposts: z.array(z.object({ id: idSchema, post: idSchema })),
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

/** The key of an outbox's newest page. */
export function headKey(author: UserId): string {
  return `head:${author}`;
}

/** The key of an older page. */
export function olderKey(author: UserId, no: number): string {
  return `page:${author}:${no}`;
}

/** Down to where the head itself is complete. */
function headHorizon(head: HeadPage): Id {
  return head.older.length === 0 ? head.horizon : (head.entries.at(-1)?.id ?? head.horizon);
}

/** Which older page holds the newest entries below an id that the head does not; null for none. */
export function pageBelow(head: HeadPage, below: Id): HeadPage["older"][number] | null {
  if (below > headHorizon(head)) return null;
  return head.older.find((page) => page.oldest < below) ?? null;
}

/**
 * What an outbox knows of its author below an id: the part of one page, down to where that page is
 * complete. `older` is the page that `pageBelow` names.
 */
export function sliceBelow(head: HeadPage, { below }: AuthorQuery, older: OlderPage | null): Slice {
  const page = pageBelow(head, below);
  if (page === null) {
    const horizon = below > headHorizon(head) ? headHorizon(head) : head.horizon;
    return { entries: head.entries.filter((entry) => entry.id < below), horizon };
  }
  const entries = (older?.entries ?? []).filter((entry) => entry.id < below);
  return { entries, horizon: page === head.older.at(-1) ? head.horizon : page.oldest };
}

/** For each original, the newest repost of it at or below `top` in some outboxes. */
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
