/**
 * The delivery mode of each author, as this timeline knows it. An author who has never been pulled
 * has no row. After an odd epoch, the next even one starts unfilled: the window accepts deliveries
 * already, but the author is pulled until the window also has the posts that were not delivered.
 */
import { authorFeedEpoch, deliveryMode, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { idOwner, type PostId, type UserId } from "../../feed/ids.ts";
import type { Migration } from "../storage/migrate.ts";

/** The table, as a migration of the timeline's. */
export const MODES_MIGRATION: Migration = {
  id: 4,
  sql: `CREATE TABLE modes (
    author TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    leaves INTEGER NOT NULL
  ) WITHOUT ROWID`,
};

/** Drops the size of the live tree, which hubs have replaced. */
export const MODE_LEAVES_SQL = "ALTER TABLE modes DROP COLUMN leaves";
/** Adds the version, as a later migration. */
export const MODE_VERSION_SQL = "ALTER TABLE modes ADD COLUMN version INTEGER NOT NULL DEFAULT 0";

/** An author who is pulled: the epoch that their feed has to serve, and the oldest version that counts. */
export interface PulledAuthor {
  author: UserId;
  epoch: number;
  version: number;
}

interface AuthorModeState {
  epoch: number;
  /** False while the window lacks posts of an author who is pushed again. */
  filled: boolean;
  /** The version of the author feed when the owner began to pull it: older pages lack posts. */
  version: number;
}

/** The mode of an author who has never been pulled. */
export const NEVER_PULLED: PullMode = { epoch: 0 };
const NEVER_PULLED_STATE: AuthorModeState = { epoch: 0, filled: true, version: 0 };

export class AuthorModes {
  readonly #sql: SqlStorage;
  readonly #states: Map<UserId, AuthorModeState>;
  #byOwner: ReadonlyMap<string, UserId> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql
      .exec<{
        author: string;
        epoch: number;
        filled: number;
        version: number;
      }>("SELECT author, epoch, filled, version FROM modes")
      .toArray();
    this.#states = new Map(
      rows.map(({ author, filled, ...row }) => [author, { ...row, filled: filled === 1 }]),
    );
  }

  /** Whether the author's posts are shown from their author feed, whatever the window holds. */
  isPulled(author: UserId): boolean {
    const { epoch, filled } = this.#of(author);
    return deliveryMode(epoch) === "pull" || !filled;
  }

  /** Every author who is pulled if followed. */
  pulled(): PulledAuthor[] {
    return [...this.#states]
      .filter(([author]) => this.isPulled(author))
      .map(([author, { epoch, version }]) => ({
        author,
        epoch: authorFeedEpoch(epoch),
        version,
      }));
  }

  /**
   * Whether the window accepts a delivery made in some epoch. It rejects those of an author who is
   * pulled. It also rejects those of an earlier epoch: such a post was written before that epoch
   * ended, so the window was filled with it since, unless it has been deleted.
   */
  accepts(author: UserId, epoch: number): boolean {
    const state = this.#of(author);
    return epoch >= state.epoch && deliveryMode(state.epoch) === "push";
  }

  /**
   * Lets no older page of a pulled author count, because open pages have been shown its changes. It
   * is kept in memory: by the time the object is evicted, every page is newer.
   */
  noteVersion(author: UserId, version: number): void {
    const state = this.#of(author);
    if (version > state.version && this.isPulled(author)) {
      this.#states.set(author, { ...state, version });
    }
  }

  /** The author of a post among those with a row, by the part of its id that names them; null if none. */
  pulledAuthorOf(post: PostId): UserId | null {
    this.#byOwner ??= new Map([...this.#states.keys()].map((author) => [idOwner(author), author]));
    return this.#byOwner.get(idOwner(post)) ?? null;
  }

  epochOf(author: UserId): number {
    return this.#of(author).epoch;
  }

  /** Whether the window still has to be filled with the author's posts, for this epoch. */
  awaitsFill(author: UserId, epoch: number): boolean {
    const state = this.#of(author);
    return state.epoch === epoch && !state.filled;
  }

  /**
   * Begins an epoch, unless it is no newer than the stored one. An author who was pulled and is
   * pushed again has to be filled first.
   * @param feedVersion of the author feed in that epoch: from now on no older page counts
   * @returns whether it is newer
   */
  begin(author: UserId, { epoch }: PullMode, feedVersion = 0): boolean {
    const state = this.#of(author);
    if (epoch <= state.epoch) {
      const isNews = epoch === state.epoch && feedVersion > state.version;
      if (isNews) this.#set(author, { ...state, version: feedVersion });
      return false;
    }
    const isPull = deliveryMode(epoch) === "pull";
    const version = isPull ? feedVersion : state.version;
    const filled = isPull || !this.isPulled(author);
    this.#set(author, { epoch, filled, version });
    return true;
  }

  /** Notes that the window holds the author's posts: in an even epoch they are pulled no longer. */
  markFilled(author: UserId): void {
    const state = this.#of(author);
    if (!state.filled) this.#set(author, { ...state, filled: true });
  }

  /** Replaces the modes of all authors. */
  replaceAll(modes: ReadonlyMap<UserId, PullMode>): void {
    const before = new Map(this.#states);
    this.#sql.exec("DELETE FROM modes");
    this.#states.clear();
    this.#byOwner = null;
    for (const [author, { epoch }] of modes) {
      const stored = before.get(author);
      const version = stored?.epoch === epoch ? stored.version : 0;
      this.#set(author, { epoch, filled: true, version });
    }
  }

  #set(author: UserId, state: AuthorModeState): void {
    if (!this.#states.has(author)) this.#byOwner = null;
    this.#states.set(author, state);
    this.#sql.exec(
      `INSERT INTO modes (author, epoch, filled, version) VALUES (?, ?, ?, ?)
       ON CONFLICT (author) DO UPDATE SET epoch = excluded.epoch, filled = excluded.filled,
         version = excluded.version`,
      author,
      state.epoch,
      state.filled ? 1 : 0,
      state.version,
    );
  }

  #of(author: UserId): AuthorModeState {
    return this.#states.get(author) ?? NEVER_PULLED_STATE;
  }
}
