/** Virtual time: events run in order of their times, and every server takes one thing after the other. */

type Work = () => void;

/** A clock that jumps from event to event. Times are in milliseconds. */
export class Clock {
  nowMs = 0;
  /** A binary heap by time, then by order of scheduling, so that equal times keep their order. */
  readonly #heap: { atMs: number; n: number; work: Work }[] = [];
  #scheduled = 0;

  at(atMs: number, work: Work): void {
    const heap = this.#heap;
    heap.push({ atMs: Math.max(atMs, this.nowMs), n: this.#scheduled++, work });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  after(ms: number, work: Work): void {
    this.at(this.nowMs + ms, work);
  }

  /** Runs every event up to a time. */
  runTo(endMs: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#pop();
      this.nowMs = next.atMs;
      next.work();
    }
    this.nowMs = endMs;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let parent = 0;
    for (;;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.atMs < y.atMs || (x.atMs === y.atMs && x.n < y.n);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x !== undefined && y !== undefined) [this.#heap[a], this.#heap[b]] = [y, x];
  }
}

/** A server that takes one thing after the other: a database's writer, or an object. */
export class Server {
  readonly #clock: Clock;
  #freeAtMs = 0;
  /** While it is down, what it is asked fails. */
  downUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns when the work will be done; null while the server is down */
  take(serviceMs: number): number | null {
    const { nowMs } = this.#clock;
    if (nowMs < this.downUntilMs) return null;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + serviceMs;
    return this.#freeAtMs;
  }
}
