/**
 * An isolate's meter: it sums counts and times in memory, and sends the sums to its region's
 * aggregator, at most once a second, after requests are answered. No request waits for it or fails
 * by it: sums that the aggregator does not take are sent the next time.
 */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import {
  addSums,
  type CounterName,
  countIn,
  type GaugeName,
  gaugeIn,
  isNothing,
  noSums,
  seriesKey,
  type Sums,
  timeIn,
  type TimingName,
} from "../../feed/metrics/figures.ts";
import { FIGURES_EVERY_MS, AGGREGATOR_TIMEOUT_MS } from "../../feed/limits.ts";
import { DEFAULT_REGION, type Region } from "../../feed/delivery/regions.ts";

/** Sends sums to a region's aggregator. @returns milliseconds until the next time */
export type SendSums = (region: Region, sums: Sums) => Promise<number>;

export class Meter {
  readonly #send: SendSums;
  readonly #nowMs: () => number;
  #sums = noSums();
  #region: Region = DEFAULT_REGION;
  #nextFlushMs = 0;
  /** The latest time at which the flush that is under way has ended or been cut off; 0 if none is. */
  #flushingUntilMs = 0;

  constructor(send: SendSums, nowMs: () => number) {
    this.#send = send;
    this.#nowMs = nowMs;
  }

  /** Adds `times` to a counter; null as the label of a counter without one. */
  count(name: CounterName, label: string | null, times = 1): void {
    countIn(this.#sums, seriesKey(name, label), times);
  }

  /** Adds a duration of `tookMs` milliseconds to a timing, `times` over. */
  time(name: TimingName, label: string | null, tookMs: number, times = 1): void {
    timeIn(this.#sums, seriesKey(name, label), tookMs, times);
  }

  /** Records the value that a gauge has now. @param label the value of the gauge's label */
  gauge(name: GaugeName, label: string, value: number): void {
    gaugeIn(this.#sums, seriesKey(name, label), value, this.#nowMs());
  }

  /** Sets the isolate's region. Requests know it; batches of messages do not. */
  setRegion(region: Region): void {
    this.#region = region;
  }

  /**
   * For `waitUntil` after every invocation: flushes once that is due. One invocation flushes for all
   * that run meanwhile. If it is cut off, a later one flushes.
   */
  async flushWhenDue(): Promise<void> {
    const nowMs = this.#nowMs();
    if (isNothing(this.#sums) || nowMs < this.#flushingUntilMs) return;
    const pauseMs = Math.max(0, this.#nextFlushMs - nowMs);
    this.#flushingUntilMs = nowMs + pauseMs + 2 * AGGREGATOR_TIMEOUT_MS;
    try {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await this.flush();
    } finally {
      this.#flushingUntilMs = 0;
    }
  }

  /** Sends the sums now. It never throws. */
  async flush(): Promise<void> {
    const sums = this.#sums;
    if (isNothing(sums)) return;
    this.#sums = noSums();
    this.#nextFlushMs = this.#nowMs() + FIGURES_EVERY_MS;
    try {
      const everyMs = await within(this.#send(this.#region, sums), {
        milliseconds: AGGREGATOR_TIMEOUT_MS,
      });
      this.#nextFlushMs = this.#nowMs() + everyMs;
    } catch (error) {
      // The sums may have arrived. They are put back, at the risk of counting them twice, because
      // most failed calls never reached the aggregator.
      addSums(this.#sums, sums);
      console.warn("figures will be sent the next time", errorText(error));
    }
  }
}
