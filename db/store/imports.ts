/** Posts of an import, each under a key of its caller, and the reactions of an import. */
import { fnv1a } from "../../feed/hash.ts";
import { type Id, makeId, type PostId, shareOf, type UserId } from "../../feed/ids.ts";
import { IMPORT_KEY_SLOTS } from "../../feed/limits-import.ts";
import { BUCKETS } from "../../feed/limits.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { NewPost } from "./posts.ts";
import type { Reaction } from "./reactions.ts";

/** The state of an author's row: it has an id for the key, and the post is still to be written. */
export const RESERVED = 0;
/** The state of an author's row whose post was written; it may be deleted since. */
export const WRITTEN = 1;
/** The state of a row in the slot of its key. */
export const LISTED = 2;

/** Where a key is listed: a hash of it, in the form of an id. */
export function keySlot(key: string): Id {
  return makeId(0, fnv1a(key) % BUCKETS, Math.floor(shareOf(key) * IMPORT_KEY_SLOTS));
}

/** A key and its post. */
export interface KeyedPost {
  key: string;
  post: PostId;
}

/** What an author has for a key. */
export interface Reservation extends KeyedPost {
  /** Whether the post was written; it may be deleted since. */
  written: boolean;
}

/** A post to write under its key. */
export interface ImportedPost extends NewPost {
  key: string;
}

/** A reaction to write, with its jobs: those of the reactions of one call may be the same. */
export interface ImportedReaction extends Omit<Reaction, "version" | "active"> {
  jobs: readonly Job[];
}

/** Posts of imports. The author's row of a key decides; the one of its slot is the other side. */
export interface ImportStore {
  /** Finds keys by their slots. */
  keysListed(keys: readonly string[]): Promise<KeyedPost[]>;
  /** Lists keys in their slots; the first post of a key stays. @returns the post of each key */
  listKeys(entries: readonly KeyedPost[]): Promise<KeyedPost[]>;
  /**
   * Reserves an id at the author for each key that has none yet. No other post or repost of an import gets
   * it from then on. No two of a call have the same key or id.
   * @returns what the author has for each key; a key is left out if its id belongs to something else
   */
  reservePosts(
    wanted: readonly { author: UserId; key: string; id: PostId }[],
  ): Promise<Reservation[]>;
  /** Writes reserved posts with their jobs. One that was written before is left as it is, also if it is gone. */
  writePosts(posts: readonly ImportedPost[], jobs: readonly Job[]): Promise<void>;
  /**
   * Writes reactions with their jobs, their tallies and the entries of reposts. It leaves out those whose
   * actor has ever reacted so, and reposts whose entry belongs to something else. No two of a call have
   * the same key or entry.
   */
  importReactions(reactions: readonly ImportedReaction[], nowMs: number): Promise<void>;
}
