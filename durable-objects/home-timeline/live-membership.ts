/**
 * Where an open timeline is registered for live news of the authors its owner pulls: at one leaf of
 * each author's live tree. A leaf stores its members. This list of joined trees is in memory and
 * only avoids joining again, so losing it costs a few calls.
 */
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { LIVE_REJOIN_EVERY_MS, LIVE_REJOIN_RETRY_MS } from "../../feed/limits.ts";
import { leafOf } from "../../feed/delivery/live-tree.ts";
import { broadcast } from "../live/broadcast.ts";
import type { AuthorModes } from "./author-modes.ts";

/** What joining returned. */
export interface Joined {
  /** Changes that were made just before the trees were joined. */
  missed: { author: UserId; changes: Change[] }[];
  /** When to join again; null if there is no author to join. */
  rejoinAtMs: number | null;
}

export class LiveMembership {
  readonly #joinedMs = new Map<UserId, number>();
  readonly #owner: UserId;
  readonly #joinLeaf: (leaf: string) => Promise<Change[] | "full">;

  /** @param joinLeaf registers the owner at a leaf */
  constructor(owner: UserId, joinLeaf: (leaf: string) => Promise<Change[] | "full">) {
    this.#owner = owner;
    this.#joinLeaf = joinLeaf;
  }

  /** Joins the live trees of pulled authors, except those it has joined recently. */
  async join(authors: readonly UserId[], modes: AuthorModes, nowMs: number): Promise<Joined> {
    if (authors.length === 0) return { missed: [], rejoinAtMs: null };
    const due = authors.filter(
      (author) => nowMs - (this.#joinedMs.get(author) ?? 0) > LIVE_REJOIN_EVERY_MS,
    );
    const missed: Joined["missed"] = [];
    let failed = false;
    await broadcast(due, {
      call: (author) => this.#joinTree(author, modes),
      onAnswer: (author, changes) => {
        missed.push({ author, changes });
        this.#joinedMs.set(author, nowMs);
      },
      onFailure: (author, error) => {
        console.warn("a live tree could not be joined", { author, error: String(error) });
        failed = true;
      },
    });
    return { missed, rejoinAtMs: nowMs + (failed ? LIVE_REJOIN_RETRY_MS : LIVE_REJOIN_EVERY_MS) };
  }

  /** Notes that the author's leaf is about to remove the owner. */
  forget(author: UserId): void {
    this.#joinedMs.delete(author);
  }

  async #joinTree(author: UserId, modes: AuthorModes): Promise<Change[]> {
    for (;;) {
      const leaf = leafOf(author, modes.leavesOf(author), this.#owner);
      const answer = await this.#joinLeaf(leaf);
      if (answer !== "full") return answer;
      modes.doubleLeaves(author);
    }
  }
}
