/** How long the stages of a timeline page took: for `Server-Timing`, and for the figures. */
import type { Meter } from "./meter.ts";

export class Stages {
  readonly #startedMs = performance.now();
  readonly #tookMs = new Map<string, number>();

  /** Runs one stage; stages of the same name add up. */
  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      const tookMs = performance.now() - startedMs;
      this.#tookMs.set(stage, (this.#tookMs.get(stage) ?? 0) + tookMs);
    }
  }

  /** Counts a page as made by now. */
  record(meter: Meter): void {
    meter.count("pages", this.#tookMs.has("store") ? "store" : "hot");
    meter.time("page", null, performance.now() - this.#startedMs);
    for (const [stage, tookMs] of this.#tookMs) meter.time("page_stage", stage, tookMs);
  }

  /** The value of a `Server-Timing` header. */
  header(): string {
    return [...this.#tookMs]
      .map(([stage, tookMs]) => `${stage};dur=${tookMs.toFixed(1)}`)
      .join(", ");
  }
}
