/**
 * Cursors: opaque to clients, plain to the Worker. A cursor names the kind of list that it continues,
 * so that another list refuses it instead of misreading it.
 */
import type { Entry } from "./timeline/entry.ts";
import { BEGINNING, type Id, idAfter, isId, type PostId } from "./ids.ts";
import { CURSOR_MAX_CHARS, RANK_CANDIDATES_MAX, SCROLL_REPOSTS_MAX } from "./limits.ts";
import { rememberReposts, type Reposted } from "./timeline/reposted.ts";

/** The position of a scroll of `latest`. */
export interface ScrollPosition {
  /** The id at which the scroll began. */
  top: Id;
  /** The scroll has shown everything at or above this id. */
  below: Id;
  reposted: Reposted;
  /** The number of shown items; null for an old cursor, which does not carry it. */
  shown: number | null;
}

/**
 * The position of a scroll of `ranked`. The cursor itself carries the order that was computed when the
 * scroll began, so that no other copy of it can be lost.
 */
export interface RankedPosition {
  /** The id at which the scroll began. */
  top: Id;
  /** Ranked entries that the scroll has not shown yet, in their order. */
  waiting: readonly Id[];
  /** The scroll has shown everything at or above this id, except for `waiting`. */
  below: Id;
  /** Ranked and shown originals that may also occur below `below`. */
  served: readonly PostId[];
  /** The same for entries shown in order of time. */
  reposted: Reposted;
  shown: number;
}

/** The posts of a ranked page that may occur again further down. */
export interface ShownAgain {
  /** Those of the ranked order. */
  ranked: readonly PostId[];
  /** Entries shown in order of time. */
  tail: readonly Entry[];
}

/**
 * What a ranked scroll remembers after a page that ends above `below`. It forgets posts newer than
 * `below`, which nothing further down can show; it remembers every other ranked post.
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

/** A position in a list of edges (followers, following): newest edge first, then by account. */
export interface EdgePosition {
  version: number;
  user: Id;
}

const LATEST = "l2";
const LATEST_PATTERN = /^l2\.([^.]*)\.([^.]*)\.([0-9a-z]{0,8})\.([^.]*)$/;
/** The old format without reposts. It is still accepted, because a scroll may outlast a deploy. */
const LATEST_BEFORE_PATTERN = /^l1\.([^.]*)\.([^.]*)(?:\.([0-9a-z]{1,8}))?$/;
const RANKED = "k3";
/** Marks that the scroll has shown more reposts than the cursor carries. */
const AND_MORE = "-";
const SHOWN_PATTERN = /^[0-9a-z]{1,8}$/;
/** The prefixes of cursors into lists of posts and of edges. */
const POST_LISTS = {
  posts: "p1",
  replies: "r1",
  ancestors: "a1",
  mutes: "m1",
  blocks: "b1",
} as const;
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

/** Reads a cursor of the `ranked` timeline; null if it is invalid. */
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

/** The order of the scroll that a cursor continues. */
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

/** Reads a text of concatenated ids; null if it is invalid or has an id twice. */
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
