/**
 * What a scroll has shown as reposts, and what follows from it: an original shows once in a scroll, at
 * its newest occurrence below what has been read, unless it has been shown. So it shows although a
 * repost of it, made before the scroll began, was delivered only now, above what has been read; and
 * it does not show again although the repost that showed it has been taken back.
 */
import type { Entry } from "./entry.ts";
import type { Id, PostId } from "../ids.ts";
import { SCROLL_REPOSTS_MAX } from "../limits.ts";

/** Originals that were shown as reposts, and may come further down as well. */
export interface Reposted {
  /** Those shown first come first. */
  posts: readonly PostId[];
  /** Whether there were more than are remembered. */
  more: boolean;
}

/** Of a scroll that has shown no repost. */
export const NOTHING_REPOSTED: Reposted = { posts: [], more: false };

/** What is remembered once a page has shown some entries, and ends above `below`. */
export function rememberReposts(before: Reposted, shown: readonly Entry[], below: Id): Reposted {
  const posts = shown.filter(({ by }) => by !== null).map(({ post }) => post.id);
  // Nothing further down shows a post that is newer.
  const known = [...new Set([...before.posts, ...posts])].filter((post) => post < below);
  return {
    posts: known.slice(-SCROLL_REPOSTS_MAX),
    more: before.more || known.length > SCROLL_REPOSTS_MAX,
  };
}

/**
 * From where down whatever stands above is taken for shown: from where it began for a scroll that has
 * forgotten some of what it showed, null for one that remembers all.
 */
export function assumedShownFrom(position: { top: Id; reposted: Reposted }): Id | null {
  return position.reposted.more ? position.top : null;
}
