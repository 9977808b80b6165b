/**
 * What belongs in a timeline. What is stored depends on the edge alone; these rules are applied
 * when a page is made, from what the viewer follows now, so that following someone later brings
 * back what belongs there, and the hot window and the store agree.
 */
import type { Entry } from "./entry.ts";
import { entryAuthor } from "./entry.ts";
import type { PostId, UserId } from "../ids.ts";

/** What the rules need to know of a viewer. */
export interface Viewer {
  id: UserId;
  follows(user: UserId): boolean;
  /** Muted, or blocked by either side. */
  hides(user: UserId): boolean;
}

/**
 * Whether an entry belongs in the viewer's timeline: it was brought by the viewer or by someone
 * followed, and if it is a reply, what it answers was written by one of those too. A reply that
 * somebody followed has reposted is that person's repost, and belongs like any other. Nothing
 * belongs that was written or reposted by somebody muted or blocked.
 */
export function belongs(entry: Entry, viewer: Viewer): boolean {
  const known = (user: UserId): boolean => user === viewer.id || viewer.follows(user);
  if (!known(entryAuthor(entry))) return false;
  if (viewer.hides(entryAuthor(entry)) || viewer.hides(entry.post.author.id)) return false;
  if (entry.by !== null || entry.post.replyTo === null) return true;
  return known(entry.post.replyTo.author);
}

/**
 * Keeps each original at its newest occurrence. `entries` are newest first and already filtered;
 * `shown` holds the originals that stand above them and is added to.
 */
export function showOnce(entries: readonly Entry[], shown: Set<PostId> = new Set()): Entry[] {
  return entries.filter((entry) => {
    if (shown.has(entry.post.id)) return false;
    shown.add(entry.post.id);
    return true;
  });
}
