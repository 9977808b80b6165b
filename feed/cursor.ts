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
const POSTS = "p1";
const EDGES = "e1";

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
export function encodeBelow(below: Id): string {
  return [POSTS, below].join(".");
}

/** Reads a cursor of a list ordered by id; null if it is not one. */
export function decodeBelow(cursor: string): Id | null {
  const [kind, below, ...rest] = cursor.split(".");
  if (kind !== POSTS || below === undefined || rest.length > 0) return null;
  return isId(below) && below !== BEGINNING ? below : null;
}

/** A cursor for a list of edges. */
export function encodeEdge(position: EdgePosition): string {
  return [EDGES, position.version.toString(36), position.user].join(".");
}

/** Reads a cursor of a list of edges; null if it is not one. */
export function decodeEdge(cursor: string): EdgePosition | null {
  const [kind, version, user, ...rest] = cursor.split(".");
  if (kind !== EDGES || version === undefined || user === undefined || rest.length > 0) return null;
  if (!/^[0-9a-z]{1,11}$/.test(version) || !isId(user)) return null;
  return { version: Number.parseInt(version, 36), user };
}
