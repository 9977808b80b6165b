/**
 * Who may hash a password now: one at a time, a bounded number a second, and never for more than half of
 * the time. A call that would wait too long is refused at once, because a queue that grows serves nobody.
 */
import { PASSWORD_HASHES_IN_FLIGHT } from "./limits-protection.ts";

export class HashingGate {
  readonly #everyMs: number;
  #inFlight = 0;

  /** @param perSecond hashes that begin in a second at most */
  constructor(perSecond: number) {
    this.#everyMs = 1000 / perSecond;
  }

  /** Takes a place among those who hash or wait for it; `leave` gives it back. @returns false if there is none */
  enter(): boolean {
    if (this.#inFlight >= PASSWORD_HASHES_IN_FLIGHT) return false;
    this.#inFlight++;
    return true;
  }

  leave(): void {
    this.#inFlight--;
  }

  /** How long nobody may hash after a hash that took so long: others of the same thread have that time. */
  pauseMs(tookMs: number): number {
    return Math.ceil(Math.max(tookMs, this.#everyMs - tookMs));
  }

  /** When there is room again if nobody else comes, in seconds. */
  get retryAfterS(): number {
    return Math.ceil((PASSWORD_HASHES_IN_FLIGHT * this.#everyMs) / 1000);
  }
}
