/**
 * Cursors: opaque to clients, plain to us. A cursor says what kind of list it continues, so that
 * one of another list is refused instead of misread.
 */
import { BEGINNING, type Id, isId } from "./ids.ts";

/** Where a scroll of `latest` stands. */
export interface ScrollPosition {
  /** Where the scroll began: an original shows at its newest occurrence at or below this id. */
  top: Id;
  /** Everything at or above this id has been shown. */
  below: Id;
}

/** Where a list of edges (followers, following) stands: newest edge first, ties by account. */
export interface EdgePosition {
  version: number;
  user: Id;
}

const LATEST = "l1";
/** Lists whose cursors are a place among posts, and among edges. */
const POST_LISTS = { posts: "p1", replies: "r1" } as const;
const EDGE_LISTS = { followers: "e1", following: "f1" } as const;
type PostList = keyof typeof POST_LISTS;
type EdgeList = keyof typeof EDGE_LISTS;

/** A cursor for the `latest` timeline. */
export function encodeScroll(position: ScrollPosition): string {
  return [LATEST, position.top, position.below].join(".");
}

/** Reads a cursor of the `latest` timeline; null if it is not one. */
export function decodeScroll(cursor: string): ScrollPosition | null {
  const [kind, top, below, ...rest] = cursor.split(".");
  if (kind !== LATEST || top === undefined || below === undefined || rest.length > 0) return null;
  return isId(top) && isId(below) && below <= top ? { top, below } : null;
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
