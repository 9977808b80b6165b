/**
 * Where an open timeline is registered to hear of the authors its owner pulls: at a leaf of each
 * one's live tree. A leaf remembers its members; what is kept here, in memory, only saves asking
 * again, so that losing it costs a few calls.
 */
import pMap from "p-map";
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  AUDIENCE_CONCURRENCY,
  LIVE_REJOIN_EVERY_MS,
  LIVE_REJOIN_RETRY_MS,
} from "../../feed/limits.ts";
import { leafOf } from "../../feed/delivery/live-tree.ts";
import type { Modes } from "./modes.ts";

/** What came of joining: changes made while that was under way, and when to make sure again. */
export interface Joined {
  missed: { author: UserId; changes: Change[] }[];
  /** Null where nobody is pulled. */
  againAtMs: number | null;
}

export class Listening {
  readonly #joinedMs = new Map<UserId, number>();
  readonly #owner: UserId;
  readonly #joinLeaf: (leaf: string) => Promise<Change[] | "full">;

  /** @param joinLeaf registers the owner at a leaf */
  constructor(owner: UserId, joinLeaf: (leaf: string) => Promise<Change[] | "full">) {
    this.#owner = owner;
    this.#joinLeaf = joinLeaf;
  }

  /** Registers with authors who are pulled, where that is not known to be done. */
  async join(authors: readonly UserId[], modes: Modes, nowMs: number): Promise<Joined> {
    if (authors.length === 0) return { missed: [], againAtMs: null };
    const due = authors.filter(
      (author) => nowMs - (this.#joinedMs.get(author) ?? 0) > LIVE_REJOIN_EVERY_MS,
    );
    const missed: Joined["missed"] = [];
    let failed = false;
    await pMap(
      due,
      async (author) => {
        try {
          missed.push({ author, changes: await this.#joinAt(author, modes) });
          this.#joinedMs.set(author, nowMs);
        } catch (error) {
          console.warn("a live tree could not be joined", { author, error: String(error) });
          failed = true;
        }
      },
      { concurrency: AUDIENCE_CONCURRENCY },
    );
    return { missed, againAtMs: nowMs + (failed ? LIVE_REJOIN_RETRY_MS : LIVE_REJOIN_EVERY_MS) };
  }

  /** The author's leaf is being answered that nobody listens here, and forgets the owner. */
  forget(author: UserId): void {
    this.#joinedMs.delete(author);
  }

  async #joinAt(author: UserId, modes: Modes): Promise<Change[]> {
    for (;;) {
      const leaf = leafOf(author, modes.leavesOf(author), this.#owner);
      const answer = await this.#joinLeaf(leaf);
      if (answer !== "full") return answer;
      modes.doubleLeaves(author);
    }
  }
}
