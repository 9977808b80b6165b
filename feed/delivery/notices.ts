/** What sources send to hubs, and hubs to each other and to their members. */
import type { Counts, EntryChange } from "../timeline/entry.ts";
import type { Id, PostId, UserId } from "../ids.ts";

/** Changes of one author feed. */
export interface AuthorNews {
  author: UserId;
  changes: readonly EntryChange[];
  /** The version of the author feed with these changes. */
  version: number;
  /**
   * The version before them; null if changes before them may be unknown to everybody, as after a fill.
   * Whoever holds another version has missed something.
   */
  after: number | null;
}

/** A post's counts at a time, in milliseconds since 1970: later ones replace earlier ones. */
export interface PostCounts {
  post: PostId;
  counts: Counts;
  atMs: number;
}

/** One message to a hub. */
export interface Notices {
  news: readonly AuthorNews[];
  counts: readonly PostCounts[];
}

/** The topics of a message that a hub needs no longer: authors and posts. */
export type Unwanted = readonly Id[];

/** One message of a hub to a member. */
export interface MemberNotices extends Notices {
  /** Whether earlier messages may not have arrived. */
  missed: boolean;
}

/** A change, and when the author feed made it or a hub heard of it, in milliseconds since 1970. */
export interface DatedChange {
  atMs: number;
  change: EntryChange;
  version: number;
}

/** News with its time. */
export interface DatedNews {
  atMs: number;
  news: AuthorNews;
}

/** What an author feed, or a hub nearer to it, knows of the last minutes when another hub attaches itself. */
export interface AuthorSnapshot {
  /** The newest version; null if the author feed is not filled, so that nobody can say. */
  version: number | null;
  /** From this time on no change is missing in `news`. */
  fromMs: number;
  /** Oldest first. */
  news: readonly DatedNews[];
}

/** Changes that pulled authors made. */
export type PulledChanges = { author: UserId; changes: readonly DatedChange[] }[];

/** A member's request to a hub. */
export interface JoinRequest {
  /** Every pulled author that the member follows. */
  authors: readonly UserId[];
  /** Return the changes since this time; null for those of authors who are new to the hub's member alone. */
  sinceMs: number | null;
  /** The hub that the member comes from; null if there is none. */
  movedFrom: string | null;
}

/** A hub's answer. */
export interface JoinAnswer {
  /** Whether the hub had this member already, so that the member has missed nothing. */
  known: boolean;
  /** The changes that were asked for; null if they are not all known. */
  changes: PulledChanges | null;
  /** Whether some authors' news do not reach the hub yet: the member has to ask again. */
  failed: boolean;
}
