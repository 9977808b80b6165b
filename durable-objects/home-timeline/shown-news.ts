/**
 * Which news open pages have been shown, in memory: a hub that repeats a message, or a second one while the
 * owner moves, shows nothing twice.
 */
import type { UserId } from "../../feed/ids.ts";
import { LIVE_RECENT_MS } from "../../feed/limits.ts";

/** News that are remembered before old ones are looked for. */
const PRUNED_FROM = 1_000;

export class ShownNews {
  readonly #shownMs = new Map<string, number>();

  /** Notes news. @returns false if they were noted before */
  add(author: UserId, version: number, nowMs: number): boolean {
    const key = `${author} ${version}`;
    if (this.#shownMs.has(key)) return false;
    if (this.#shownMs.size >= PRUNED_FROM) {
      for (const [old, shownMs] of this.#shownMs) {
        if (nowMs - shownMs > 2 * LIVE_RECENT_MS) this.#shownMs.delete(old);
      }
    }
    this.#shownMs.set(key, nowMs);
    return true;
  }
}
