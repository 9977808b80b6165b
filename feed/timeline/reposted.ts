/**
 * The reposts that a scroll has shown. A scroll shows an original once, at its newest occurrence below
 * the part that it has read. So it shows an original although an older repost of it was delivered late,
 * above that part; and it does not show an original again although the repost that showed it was undone.
 */
import type { Entry } from "./entry.ts";
import type { Id, PostId } from "../ids.ts";
import { SCROLL_REPOSTS_MAX } from "../limits.ts";

/** Originals that a scroll has shown as reposts and that may occur further down. */
export interface Reposted {
  /** In the order in which they were shown. */
  posts: readonly PostId[];
  /** Whether the scroll has forgotten some. */
  more: boolean;
}

/** The state of a scroll that has shown no repost. */
export const NOTHING_REPOSTED: Reposted = { posts: [], more: false };

/** The reposts that a scroll remembers after a page that ends above `below`. */
export function rememberReposts(before: Reposted, shown: readonly Entry[], below: Id): Reposted {
  const posts = shown.filter(({ by }) => by !== null).map(({ post }) => post.id);
  // No entry further down shows a post newer than `below`.
  const known = [...new Set([...before.posts, ...posts])].filter((post) => post < below);
  return {
    posts: known.slice(-SCROLL_REPOSTS_MAX),
    more: before.more || known.length > SCROLL_REPOSTS_MAX,
  };
}

/** Start of the range that counts as already shown; null if the scroll remembers every repost. */
export function assumedShownFrom(position: { top: Id; reposted: Reposted }): Id | null {
  return position.reposted.more ? position.top : null;
}
