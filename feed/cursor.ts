/**
 * Cursors: opaque to clients, plain to us. A cursor says what kind of list it continues, so that
 * one of another list is refused instead of misread.
 */
import type { Entry } from "./timeline/entry.ts";
import { BEGINNING, type Id, idAfter, isId, type PostId } from "./ids.ts";
import { CURSOR_MAX_CHARS, RANK_CANDIDATES_MAX, SCROLL_REPOSTS_MAX } from "./limits.ts";
import { rememberReposts, type Reposted } from "./timeline/reposted.ts";

/** Where a scroll of `latest` stands. */
export interface ScrollPosition {
  /** Where the scroll began. */
  top: Id;
  /** Everything at or above this id has been shown. */
  below: Id;
  reposted: Reposted;
  /** How many items have been shown; null for a cursor made before that was told. */
  shown: number | null;
}

/**
 * Where a scroll of `ranked` stands. The cursor itself pins the order that was computed when the
 * scroll began: there is no other copy of it that could be lost.
 */
export interface RankedPosition {
  /** Where the scroll began. */
  top: Id;
  /** Entries that were ranked and not yet shown, in their order. */
  waiting: readonly Id[];
  /** Everything at or above this id has been shown, but for what waits. */
  below: Id;
  /** Originals that were ranked and shown, and may stand below `below` as well. */
  served: readonly PostId[];
  /** The same of what came in the order of time. */
  reposted: Reposted;
  shown: number;
}

/** What a page of a ranked scroll has shown that may turn up again further down. */
export interface ShownAgain {
  /** From the ranked order. */
  ranked: readonly PostId[];
  /** In the order of time. */
  tail: readonly Entry[];
}

/**
 * What a ranked scroll remembers once a page is shown that ends above `below`: nothing further down
 * shows a post that is newer. All that was ranked stays.
 */
export function rememberShown(
  { served, reposted }: Pick<RankedPosition, "served" | "reposted">,
  shown: ShownAgain,
  below: Id,
): Pick<RankedPosition, "served" | "reposted"> {
  return {
    served: [...new Set([...served, ...shown.ranked])].filter((post) => post < below),
    reposted: rememberReposts(reposted, shown.tail, below),
  };
}

/** Where a list of edges (followers, following) stands: newest edge first, ties by account. */
export interface EdgePosition {
  version: number;
  user: Id;
}

const LATEST = "l2";
const LATEST_PATTERN = /^l2\.([^.]*)\.([^.]*)\.([0-9a-z]{0,8})\.([^.]*)$/;
/** One that carries no reposts; still taken, for a scroll may be under way while Skein is deployed. */
const LATEST_BEFORE_PATTERN = /^l1\.([^.]*)\.([^.]*)(?:\.([0-9a-z]{1,8}))?$/;
const RANKED = "k3";
/** Before the reposts that a cursor carries, if there were more. */
const AND_MORE = "-";
const SHOWN_PATTERN = /^[0-9a-z]{1,8}$/;
/** Lists whose cursors are a place among posts, and among edges. */
const POST_LISTS = { posts: "p1", replies: "r1" } as const;
const EDGE_LISTS = { followers: "e1", following: "f1" } as const;
type PostList = keyof typeof POST_LISTS;
type EdgeList = keyof typeof EDGE_LISTS;

/** A cursor for the `latest` timeline. */
export function encodeScroll({ top, below, shown, reposted }: ScrollPosition): string {
  return [LATEST, top, below, shown?.toString(36) ?? "", repostedText(reposted)].join(".");
}

/** Reads a cursor of the `latest` timeline; null if it is not one. */
export function decodeScroll(cursor: string): ScrollPosition | null {
  if (cursor.length > CURSOR_MAX_CHARS) return null;
  const parts = LATEST_PATTERN.exec(cursor) ?? LATEST_BEFORE_PATTERN.exec(cursor) ?? [];
  const [, top = "", below = "", shown = "", carried = AND_MORE] = parts;
  const reposted = repostedOf(carried);
  if (reposted === null || !isId(top) || !isId(below) || below > top) return null;
  return { top, below, shown: shown === "" ? null : Number.parseInt(shown, 36), reposted };
}

/** A cursor for the `ranked` timeline. */
export function encodeRanked(position: RankedPosition): string {
  const { top, waiting, below, served, reposted, shown } = position;
  const ids = [waiting.join(""), below, served.join(""), repostedText(reposted)];
  return [RANKED, shown.toString(36), top, ...ids].join(".");
}

/** Reads a cursor of the `ranked` timeline; null if it is not one that a scroll can have. */
export function decodeRanked(cursor: string): RankedPosition | null {
  if (cursor.length > CURSOR_MAX_CHARS) return null;
  const [kind, shown = "", top = "", waits = "", below = "", ranked = "", carried, ...rest] =
    cursor.split(".");
  if (kind !== RANKED || !SHOWN_PATTERN.test(shown) || carried === undefined) return null;
  if (!isId(top) || !isId(below) || below > idAfter(top) || rest.length > 0) return null;
  const [waiting, served, reposted] = [idsOf(waits), idsOf(ranked), repostedOf(carried)];
  if (waiting === null || served === null || reposted === null) return null;
  if (waiting.length + served.length > RANK_CANDIDATES_MAX) return null;
  return { top, waiting, below, served, reposted, shown: Number.parseInt(shown, 36) };
}

/** Whose cursor it is, of the two orders that a timeline has. */
export function orderOfCursor(cursor: string): "ranked" | "latest" {
  return cursor.startsWith(`${RANKED}.`) ? "ranked" : "latest";
}

function repostedText({ posts, more }: Reposted): string {
  return `${more ? AND_MORE : ""}${posts.join("")}`;
}

function repostedOf(text: string): Reposted | null {
  const more = text.startsWith(AND_MORE);
  const posts = idsOf(more ? text.slice(AND_MORE.length) : text);
  return posts === null || posts.length > SCROLL_REPOSTS_MAX ? null : { posts, more };
}

/** Ids written one after the other, each once; null if that is not what it is. */
function idsOf(text: string): Id[] | null {
  const ids = text.match(/[\s\S]{1,16}/g) ?? [];
  if (new Set(ids).size < ids.length) return null;
  return ids.every((id) => isId(id)) ? [...ids] : null;
}

/** A cursor for a list ordered by post or repost id. */
export function encodeBelow(list: PostList, below: Id): string {
  return [POST_LISTS[list], below].join(".");
}

/** Reads a cursor of a list ordered by id; null if it is not one. */
export function decodeBelow(list: PostList, cursor: string): Id | null {
  const [kind, below, ...rest] = cursor.split(".");
  if (kind !== POST_LISTS[list] || below === undefined || rest.length > 0) return null;
  return isId(below) && below !== BEGINNING ? below : null;
}

/** A cursor for a list of edges. */
export function encodeEdge(list: EdgeList, position: EdgePosition): string {
  return [EDGE_LISTS[list], position.version.toString(36), position.user].join(".");
}

/** Reads a cursor of a list of edges; null if it is not one. */
export function decodeEdge(list: EdgeList, cursor: string): EdgePosition | null {
  const [kind, version, user, ...rest] = cursor.split(".");
  if (kind !== EDGE_LISTS[list] || version === undefined || user === undefined) return null;
  if (rest.length > 0 || !/^[0-9a-z]{1,11}$/.test(version) || !isId(user)) return null;
  return { version: Number.parseInt(version, 36), user };
}
