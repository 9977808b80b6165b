/**
 * Which authors the owner pulls. An author who has never been pulled has no row. An even epoch that
 * is not filled yet comes after an odd one: deliveries are taken in already, but the author is
 * pulled on until the window holds what was not delivered.
 */
import { isPulled, authorFeedEpoch, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { leavesFor } from "../../feed/delivery/live-tree.ts";
import type { UserId } from "../../feed/ids.ts";
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

interface AuthorModeState {
  epoch: number;
  filled: boolean;
  /** Of the author's live tree, as far as is known here. */
  leaves: number;
}

/** An author who has never been pulled. */
export const NEVER_PULLED: PullMode = { epoch: 0, followers: 0 };
const NOTHING_KNOWN: AuthorModeState = { epoch: 0, filled: true, leaves: 1 };

export class Modes {
  readonly #sql: SqlStorage;
  readonly #known: Map<UserId, AuthorModeState>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql
      .exec<{ author: string; epoch: number; filled: number; leaves: number }>(
        "SELECT * FROM modes",
      )
      .toArray();
    this.#known = new Map(
      rows.map(({ author, filled, ...row }) => [author, { ...row, filled: filled === 1 }]),
    );
  }

  /** Whether the author's posts are shown from their outbox, whatever the window holds of them. */
  isPulled(author: UserId): boolean {
    const { epoch, filled } = this.#of(author);
    return isPulled(epoch) || !filled;
  }

  /** Everyone who is pulled if followed, with the epoch that the outbox has to be of. */
  pulled(): { author: UserId; epoch: number }[] {
    return [...this.#known]
      .filter(([author]) => this.isPulled(author))
      .map(([author, { epoch }]) => ({ author, epoch: authorFeedEpoch(epoch) }));
  }

  /**
   * Whether a delivery made in some epoch is taken in. One of an earlier epoch is not: its post was
   * written before that epoch ended, so it is in what the window was filled with since, unless it
   * has been deleted. Nor is one of an author who is pulled.
   */
  accepts(author: UserId, epoch: number): boolean {
    const known = this.#of(author);
    return epoch >= known.epoch && !isPulled(known.epoch);
  }

  epochOf(author: UserId): number {
    return this.#of(author).epoch;
  }

  leavesOf(author: UserId): number {
    return this.#of(author).leaves;
  }

  doubleLeaves(author: UserId): void {
    const known = this.#of(author);
    this.#set(author, { ...known, leaves: 2 * known.leaves });
  }

  /** Whether the window waits to be filled with the author's posts, for this epoch. */
  awaits(author: UserId, epoch: number): boolean {
    const known = this.#of(author);
    return known.epoch === epoch && !known.filled;
  }

  /**
   * Notes an epoch, unless it is no newer than what is known. After being pulled, an author who is
   * pushed again has to be filled in first.
   * @returns whether it is newer
   */
  begin(author: UserId, { epoch, followers }: PullMode): boolean {
    if (epoch <= this.#of(author).epoch) return false;
    const filled = isPulled(epoch) || !this.isPulled(author);
    this.#set(author, { epoch, filled, leaves: leavesFor(followers) });
    return true;
  }

  /** The window holds the author's posts; whoever is pushed now is pulled no longer. */
  fill(author: UserId): void {
    const known = this.#of(author);
    if (!known.filled) this.#set(author, { ...known, filled: true });
  }

  /** Makes these all that is known. */
  replaceAll(modes: ReadonlyMap<UserId, PullMode>): void {
    this.#sql.exec("DELETE FROM modes");
    this.#known.clear();
    for (const [author, { epoch, followers }] of modes) {
      this.#set(author, { epoch, filled: true, leaves: leavesFor(followers) });
    }
  }

  #set(author: UserId, known: AuthorModeState): void {
    this.#known.set(author, known);
    this.#sql.exec(
      `INSERT INTO modes (author, epoch, filled, leaves) VALUES (?, ?, ?, ?)
       ON CONFLICT (author) DO UPDATE SET epoch = excluded.epoch, filled = excluded.filled,
         leaves = excluded.leaves`,
      author,
      known.epoch,
      known.filled ? 1 : 0,
      known.leaves,
    );
  }

  #of(author: UserId): AuthorModeState {
    return this.#known.get(author) ?? NOTHING_KNOWN;
  }
}
