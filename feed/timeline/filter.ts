/**
 * The filter of a timeline. Storage depends on follow edges alone. These rules apply when a page is
 * read, with the viewer's current follows, so that a later follow shows what belongs there, and the hot
 * window and the store agree.
 */
import type { Entry } from "./entry.ts";
import { entryAuthor } from "./entry.ts";
import type { PostId, UserId } from "../ids.ts";

/** A viewer, as the filter needs them. */
export interface Viewer {
  id: UserId;
  follows(user: UserId): boolean;
  /** Whether the viewer has muted a user, or either has blocked the other. */
  hides(user: UserId): boolean;
}

/**
 * Whether an entry belongs in the viewer's timeline: the viewer or a followed account posted or reposted
 * it, and the parent of a reply is by one of those too. A reposted reply needs no known parent. No post
 * and no repost of a muted or blocked account belongs, and no reply to one. The viewer's own replies
 * always belong.
 */
export function belongs(entry: Entry, viewer: Viewer): boolean {
  const known = (user: UserId): boolean => user === viewer.id || viewer.follows(user);
  if (!known(entryAuthor(entry))) return false;
  if (viewer.hides(entryAuthor(entry)) || viewer.hides(entry.post.author.id)) return false;
  const { author, replyTo } = entry.post;
  if (replyTo === null || author.id === viewer.id) return true;
  if (viewer.hides(replyTo.author)) return false;
  return entry.by !== null || known(replyTo.author);
}

/**
 * Keeps each original at its newest occurrence. `entries` are newest first and already filtered. `shown`
 * has the originals above them, and this function adds to it.
 */
export function showOnce(entries: readonly Entry[], shown: Set<PostId> = new Set()): Entry[] {
  return entries.filter((entry) => {
    if (shown.has(entry.post.id)) return false;
    shown.add(entry.post.id);
    return true;
  });
}
