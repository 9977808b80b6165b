/** The posts above a reply: what it answers, what that answers, and so on. */
import { ANCESTORS_MAX } from "../feed/limits-threads.ts";
import type { PostId, UserId } from "../feed/ids.ts";
import type { PostBody } from "../feed/timeline/entry.ts";
import type { Deps } from "./deps.ts";
import { hiddenFrom } from "./hidden.ts";

/** Ancestors of a post. */
export interface Ancestors {
  /** Nearest first. */
  items: PostBody[];
  /** The last of them, if it is a reply whose parent comes next; null at the top of the thread. */
  next: PostId | null;
}

/**
 * Reads the ancestors of a post, at most `limit` of them. They end at a deleted post, and at one whose author the
 * viewer does not see: what is above it would stand as if the next one answered it.
 * @throws StoreUnavailable
 */
export async function ancestorsOf(
  deps: Deps,
  post: PostBody,
  viewer: UserId | null,
  limit: number,
): Promise<Ancestors> {
  const items: PostBody[] = [];
  const most = Math.min(limit, ANCESTORS_MAX);
  let above = post.replyTo?.id;
  // Each post names its parent alone, so this is one read after the other.
  while (above !== undefined && items.length < most) {
    const parent = await deps.posts.get(above);
    if (parent === undefined) break;
    items.push(parent);
    above = parent.replyTo?.id;
  }
  const authors = items.map(({ author }) => author.id);
  const hidden = viewer === null ? new Set() : await hiddenFrom(deps, viewer, authors);
  const end = items.findIndex(({ author }) => hidden.has(author.id));
  if (end >= 0) return { items: items.slice(0, end), next: null };
  const last = items.at(-1);
  const isMore = items.length === most && last !== undefined && last.replyTo !== null;
  return { items, next: isMore ? last.id : null };
}
