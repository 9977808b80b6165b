/**
 * A region's sums of figures, in memory: isolates hand in what they have counted, and hear when to come
 * again. How many isolates there are nobody knows, so the pause follows from how many have come.
 */
import { addSums, increase, isNothing, noSums, type Sums } from "./figures.ts";
import { FIGURES_EVERY_MAX_MS, FIGURES_EVERY_MS, AGGREGATOR_CALLS_PER_S } from "../limits.ts";

/** What a ledger has, and from when on. */
export interface MetricsSnapshot {
  /** When the ledger began, with nothing; sums of another beginning are no continuation of these. */
  sinceMs: number;
  sums: Sums;
}

export class Aggregator {
  readonly #sinceMs: number;
  readonly #sums = noSums();
  readonly #published = noSums();
  #pause = { fromMs: 0, calls: 0, everyMs: FIGURES_EVERY_MS };

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** Takes in what an isolate has counted. @returns milliseconds until it should come again */
  add(more: Sums, nowMs: number): number {
    addSums(this.#sums, more);
    const { fromMs, calls, everyMs } = this.#pause;
    if (nowMs - fromMs < everyMs) this.#pause.calls++;
    else this.#pause = { fromMs: nowMs, calls: 1, everyMs: pauseFor(calls) };
    return this.#pause.everyMs;
  }

  read(): MetricsSnapshot {
    return { sinceMs: this.#sinceMs, sums: this.#sums };
  }

  /** What has come since this was last asked; null if nothing has. */
  unpublished(): Sums | null {
    const news = increase(this.#published, this.#sums);
    if (isNothing(news)) return null;
    addSums(this.#published, news);
    return news;
  }
}

/** The pause at which isolates that made so many calls within one pause keep to the ledger's rate. */
function pauseFor(calls: number): number {
  const neededMs = (calls / AGGREGATOR_CALLS_PER_S) * 1000;
  return Math.min(FIGURES_EVERY_MAX_MS, Math.max(FIGURES_EVERY_MS, Math.ceil(neededMs)));
}
