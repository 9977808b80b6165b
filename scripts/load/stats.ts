/** What a load run measures. Latencies count from when an operation was due, not from when it was sent. */
import { emptyHistogram, type Histogram, note, quantile } from "../../feed/metrics/histogram.ts";
import { OPERATIONS, type Operation } from "./mix.ts";

/** How a post became visible to a follower: its author's mode, and how the follower saw it. */
export const WAYS = ["pushed, socket", "pushed, read", "pulled, socket", "pulled, read"] as const;
export type Way = (typeof WAYS)[number];

interface OperationStats {
  latency: Histogram;
  maxMs: number;
  /** By code; operations that have no answer in time count as `timeout`. */
  errors: Map<string, number>;
}

export class Stats {
  readonly operations = new Map<Operation, OperationStats>(
    OPERATIONS.map((operation) => [
      operation,
      { latency: emptyHistogram(), maxMs: 0, errors: new Map() },
    ]),
  );
  readonly visible = new Map<Way, Histogram>(WAYS.map((way) => [way, emptyHistogram()]));
  begun = 0;
  inFlight = 0;

  done(operation: Operation, tookMs: number): void {
    const stats = this.#of(operation);
    note(stats.latency, tookMs);
    stats.maxMs = Math.max(stats.maxMs, tookMs);
  }

  failed(operation: Operation, code: string): void {
    const { errors } = this.#of(operation);
    errors.set(code, (errors.get(code) ?? 0) + 1);
  }

  seen(way: Way, tookMs: number): void {
    note(this.visible.get(way) ?? emptyHistogram(), tookMs);
  }

  get answered(): number {
    return this.#sum(({ latency }) => latency.count);
  }

  get errors(): number {
    return this.#sum(({ errors }) => [...errors.values()].reduce((sum, n) => sum + n, 0));
  }

  /** A quantile of all operations' latencies, in milliseconds; null before the first answer. */
  quantile(q: number): number | null {
    const all = emptyHistogram();
    for (const { latency } of this.operations.values()) {
      for (const [bucket, count] of Object.entries(latency.buckets)) {
        all.buckets[Number(bucket)] = (all.buckets[Number(bucket)] ?? 0) + count;
        all.count += count;
      }
    }
    return quantile(all, q);
  }

  #of(operation: Operation): OperationStats {
    const stats = this.operations.get(operation);
    if (stats === undefined) throw new Error(`no operation ${operation}`);
    return stats;
  }

  #sum(of: (stats: OperationStats) => number): number {
    return [...this.operations.values()].reduce((sum, stats) => sum + of(stats), 0);
  }
}
