/** The time that each stage of a timeline page took, for `Server-Timing` and for the figures. */
import type { Meter } from "./meter.ts";

/** The stages of one page; the clock of the whole page starts when this is constructed. */
export class Stages {
  readonly #startedMs = performance.now();
  readonly #tookMs = new Map<string, number>();

  /** Runs one stage and times it. Stages of the same name add up. */
  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      const tookMs = performance.now() - startedMs;
      this.#tookMs.set(stage, (this.#tookMs.get(stage) ?? 0) + tookMs);
    }
  }

  /** Records the page and its stages; the page ends now. */
  record(meter: Meter): void {
    meter.count("pages", this.#tookMs.has("store") ? "store" : "hot");
    meter.time("page", null, performance.now() - this.#startedMs);
    for (const [stage, tookMs] of this.#tookMs) meter.time("page_stage", stage, tookMs);
  }

  /** The value of a `Server-Timing` header, in milliseconds. */
  header(): string {
    return [...this.#tookMs]
      .map(([stage, tookMs]) => `${stage};dur=${tookMs.toFixed(1)}`)
      .join(", ");
  }
}
