/** An isolate's view of its region's freshness log, which it reads at most once a second. */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import {
  FreshnessView,
  type LogPosition,
  type FreshnessUpdate,
} from "../../feed/delivery/freshness.ts";
import { FRESHNESS_EVERY_MS, FRESHNESS_TRUSTED_MS } from "../../feed/limits.ts";
import type { Region } from "../../feed/delivery/regions.ts";

export class Freshness {
  readonly #readChanges: (region: Region, after: LogPosition | null) => Promise<FreshnessUpdate>;
  readonly #nowMs: () => number;
  readonly #views = new Map<Region, { view: FreshnessView; readMs: number }>();

  constructor(
    readChanges: (region: Region, after: LogPosition | null) => Promise<FreshnessUpdate>,
    nowMs: () => number,
  ) {
    this.#readChanges = readChanges;
    this.#nowMs = nowMs;
  }

  /**
   * A view that can be trusted, or null: then only an author's feed itself vouches for a page. One
   * request reads the log for the whole isolate; the others use the view that is there, as long as it
   * can be trusted. An answer that comes after the deadline serves the next request.
   */
  async view(region: Region, deadlineMs: number): Promise<FreshnessView | null> {
    const state = this.#views.get(region) ?? { view: new FreshnessView(), readMs: -Infinity };
    this.#views.set(region, state);
    const { view } = state;
    const nowMs = this.#nowMs();
    const isReading = nowMs - state.readMs < FRESHNESS_EVERY_MS;
    if (nowMs - view.asOfMs >= FRESHNESS_EVERY_MS && !(isReading && this.#isTrusted(view))) {
      state.readMs = nowMs;
      try {
        const applied = this.#readChanges(region, view.position).then((update) =>
          view.apply(update, nowMs),
        );
        await within(applied, { milliseconds: Math.max(1, deadlineMs - nowMs) });
      } catch (error) {
        console.warn("the freshness log does not answer", { region, error: errorText(error) });
      }
    }
    return this.#isTrusted(view) ? view : null;
  }

  #isTrusted(view: FreshnessView): boolean {
    return this.#nowMs() - view.asOfMs <= FRESHNESS_TRUSTED_MS;
  }
}
