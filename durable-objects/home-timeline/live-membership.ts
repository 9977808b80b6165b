/**
 * Where an open timeline is registered for live news of the authors its owner pulls: at one leaf of
 * each author's live tree. A leaf stores its members. This list of joined trees is in memory and
 * only avoids joining again, so losing it costs a few calls.
 */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../within.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  LIVE_CALL_TIMEOUT_MS,
  LIVE_REJOIN_EVERY_MS,
  LIVE_REJOIN_RETRY_MS,
} from "../../feed/limits.ts";
import { leafOf } from "../../feed/delivery/live-tree.ts";
import { broadcast } from "../live/broadcast.ts";
import {
  type ChangesSince,
  type DatedChange,
  datedChanges,
  type LiveNews,
} from "../live/live-node.ts";
import type { AuthorModes } from "./author-modes.ts";

/** Changes that pulled authors made, as their live trees remember them. */
export type PulledChanges = { author: UserId; changes: DatedChange[] }[];

/** What joining returned. */
export interface Joined {
  /** Changes that were made just before the trees were joined, as far as these remember them. */
  missed: PulledChanges;
  /** When to join again; null if there is no author to join. */
  rejoinAtMs: number | null;
}

/** Registers the owner at a leaf. @returns the changes since a time, or "full" */
type JoinLeaf = (leaf: string, sinceMs: number) => Promise<{ changes: ChangesSince } | "full">;

export class LiveMembership {
  readonly #joinedMs = new Map<UserId, number>();
  readonly #owner: UserId;
  readonly #joinLeaf: JoinLeaf;
  /** For each socket that is being opened, the news that have arrived meanwhile. */
  readonly #opening = new Set<PulledChanges>();

  constructor(owner: UserId, joinLeaf: JoinLeaf) {
    this.#owner = owner;
    this.#joinLeaf = joinLeaf;
  }

  /** Joins the live trees of pulled authors, except those it has joined recently. */
  async join(authors: readonly UserId[], modes: AuthorModes, nowMs: number): Promise<Joined> {
    const due = authors.filter(
      (author) => nowMs - (this.#joinedMs.get(author) ?? 0) > LIVE_REJOIN_EVERY_MS,
    );
    const { missed, failed } = await this.#join(due, modes, nowMs, nowMs);
    const pauseMs = failed ? LIVE_REJOIN_RETRY_MS : LIVE_REJOIN_EVERY_MS;
    return { missed, rejoinAtMs: authors.length === 0 ? null : nowMs + pauseMs };
  }

  /**
   * Joins the live trees of pulled authors for a socket that is not open yet, and passes on what
   * they have done since the owner's last change. News that arrive until `open` has run are among it.
   * @param open opens the socket, at once; `missed` is null if the trees do not remember all of it
   */
  async joinBefore<T>(
    authors: readonly UserId[],
    { modes, sinceMs, nowMs }: { modes: AuthorModes; sinceMs: number; nowMs: number },
    open: (missed: PulledChanges | null) => T,
  ): Promise<T> {
    const arrived: PulledChanges = [];
    this.#opening.add(arrived);
    try {
      const joined = await this.#join(authors, modes, sinceMs, nowMs);
      return open(joined.complete && !joined.failed ? [...joined.missed, ...arrived] : null);
    } finally {
      this.#opening.delete(arrived);
    }
  }

  /** Whether a socket is being opened. */
  get isOpening(): boolean {
    return this.#opening.size > 0;
  }

  /** Keeps news for the sockets that are being opened. */
  keepForOpening(news: readonly LiveNews[], nowMs: number): void {
    for (const arrived of this.#opening) {
      for (const one of news) {
        const { author } = one;
        arrived.push({ author, changes: datedChanges(one, nowMs) });
      }
    }
  }

  /** Notes that the author's leaf is about to remove the owner. */
  forget(author: UserId): void {
    this.#joinedMs.delete(author);
  }

  async #join(
    authors: readonly UserId[],
    modes: AuthorModes,
    sinceMs: number,
    nowMs: number,
  ): Promise<{ missed: PulledChanges; complete: boolean; failed: boolean }> {
    const missed: PulledChanges = [];
    let [failed, complete] = [false, true];
    await broadcast(authors, {
      call: (author) =>
        within(this.#joinTree(author, modes, sinceMs), { milliseconds: LIVE_CALL_TIMEOUT_MS }),
      onAnswer: (author, changes) => {
        if (changes === null) complete = false;
        else missed.push({ author, changes });
        this.#joinedMs.set(author, nowMs);
      },
      onFailure: (author, error) => {
        console.warn("a live tree could not be joined", { author, error: errorText(error) });
        failed = true;
      },
    });
    return { missed, complete, failed };
  }

  async #joinTree(author: UserId, modes: AuthorModes, sinceMs: number): Promise<ChangesSince> {
    for (;;) {
      const leaf = leafOf(author, modes.leavesOf(author), this.#owner);
      const answer = await this.#joinLeaf(leaf, sinceMs);
      if (answer !== "full") return answer.changes;
      modes.doubleLeaves(author);
    }
  }
}
