/** How often something was tried for each key in a window of time, for a bounded number of keys. */

interface Tried {
  count: number;
  sinceMs: number;
}

export class Attempts {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #keysMax: number;
  /** Oldest window first, because a key that begins a window is added anew. */
  readonly #tried = new Map<string, Tried>();

  constructor(bounds: { max: number; windowMs: number; keysMax: number }) {
    this.#max = bounds.max;
    this.#windowMs = bounds.windowMs;
    this.#keysMax = bounds.keysMax;
  }

  /** How long a key has to wait until its next attempt, in milliseconds; 0 if it may be made now. */
  waitMs(key: string, nowMs: number): number {
    const current = this.#current(key, nowMs);
    return current === null || current.count < this.#max
      ? 0
      : current.sinceMs + this.#windowMs - nowMs;
  }

  /** Counts an attempt. */
  take(key: string, nowMs: number): void {
    const current = this.#current(key, nowMs);
    if (current === null) this.#begin(key, nowMs);
    else current.count++;
  }

  /** Forgets the attempts of a key, after one that succeeded. */
  forget(key: string): void {
    this.#tried.delete(key);
  }

  #current(key: string, nowMs: number): Tried | null {
    const known = this.#tried.get(key);
    return known === undefined || known.sinceMs + this.#windowMs <= nowMs ? null : known;
  }

  #begin(key: string, nowMs: number): void {
    this.#tried.delete(key);
    this.#tried.set(key, { count: 1, sinceMs: nowMs });
    for (const oldest of this.#tried.keys()) {
      if (this.#tried.size <= this.#keysMax) return;
      this.#tried.delete(oldest);
    }
  }
}
