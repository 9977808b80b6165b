/**
 * What an isolate counts and times, and how it comes to its region's ledger: summed here, in plain
 * memory, and handed over at most once a second after requests were answered. Nobody waits for it, and
 * nothing fails by it: what a ledger does not take is handed over the next time.
 */
import pTimeout from "p-timeout";
import {
  addSums,
  type CounterName,
  countIn,
  isNothing,
  noSums,
  seriesKey,
  type Sums,
  timeIn,
  type TimingName,
} from "../../feed/metrics/figures.ts";
import { FIGURES_EVERY_MS, AGGREGATOR_TIMEOUT_MS } from "../../feed/limits.ts";
import { DEFAULT_REGION, type Region } from "../../feed/delivery/regions.ts";

/** Hands figures to a region's ledger. @returns milliseconds until the next time */
export type HandOver = (region: Region, sums: Sums) => Promise<number>;

export class Meter {
  readonly #handOver: HandOver;
  readonly #nowMs: () => number;
  #sums = noSums();
  #region: Region = DEFAULT_REGION;
  #dueMs = 0;
  /** When the invocation that is to hand over next will have done so, or must have ended. */
  #underWayUntilMs = 0;

  constructor(handOver: HandOver, nowMs: () => number) {
    this.#handOver = handOver;
    this.#nowMs = nowMs;
  }

  count(name: CounterName, label: string | null, times = 1): void {
    countIn(this.#sums, seriesKey(name, label), times);
  }

  /** Notes how long something took, `times` over. */
  time(name: TimingName, label: string | null, tookMs: number, times = 1): void {
    timeIn(this.#sums, seriesKey(name, label), tookMs, times);
  }

  /** Notes where the isolate is: requests know it, batches of messages do not. */
  isIn(region: Region): void {
    this.#region = region;
  }

  /**
   * For `waitUntil` after every invocation: hands over when it is time. One invocation does so for all
   * that come meanwhile; should it be cut off, another will.
   */
  async settle(): Promise<void> {
    const nowMs = this.#nowMs();
    if (isNothing(this.#sums) || nowMs < this.#underWayUntilMs) return;
    const pauseMs = Math.max(0, this.#dueMs - nowMs);
    this.#underWayUntilMs = nowMs + pauseMs + 2 * AGGREGATOR_TIMEOUT_MS;
    try {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await this.flush();
    } finally {
      this.#underWayUntilMs = 0;
    }
  }

  /** Hands over at once what there is. */
  async flush(): Promise<void> {
    const sums = this.#sums;
    if (isNothing(sums)) return;
    this.#sums = noSums();
    this.#dueMs = this.#nowMs() + FIGURES_EVERY_MS;
    try {
      const everyMs = await pTimeout(this.#handOver(this.#region, sums), {
        milliseconds: AGGREGATOR_TIMEOUT_MS,
      });
      this.#dueMs = this.#nowMs() + everyMs;
    } catch (error) {
      // Whether it arrived nobody knows. Counted twice or not at all: it is put back, for failures
      // that a ledger never saw are the usual ones.
      addSums(this.#sums, sums);
      console.warn("figures wait for the next time", String(error));
    }
  }
}
