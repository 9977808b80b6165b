/**
 * A region's sums of figures, in memory. Isolates report their figures and learn when to report again.
 * The number of isolates is unknown, so the pause follows from the number of reports.
 */
import { addSums, increase, isNothing, noSums, type Sums } from "./figures.ts";
import { FIGURES_EVERY_MAX_MS, FIGURES_EVERY_MS, AGGREGATOR_CALLS_PER_S } from "../limits.ts";

/** The sums of an aggregator, and their beginning. */
export interface MetricsSnapshot {
  /** When the sums started at 0, in milliseconds since 1970; sums with another start do not continue them. */
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

  /** Adds the figures of an isolate. @returns milliseconds until the isolate should call again */
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

  /** The sums since the last call; null if there are none. */
  unpublished(): Sums | null {
    const news = increase(this.#published, this.#sums);
    if (isNothing(news)) return null;
    addSums(this.#published, news);
    return news;
  }
}

/** The pause with which as many isolates as called within the last pause keep to the aggregator's rate. */
function pauseFor(calls: number): number {
  const neededMs = (calls / AGGREGATOR_CALLS_PER_S) * 1000;
  return Math.min(FIGURES_EVERY_MAX_MS, Math.max(FIGURES_EVERY_MS, Math.ceil(neededMs)));
}
