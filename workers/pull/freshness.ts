/** What an isolate knows of its region's freshness log, asked for at most once a second. */
import pTimeout from "p-timeout";
import {
  FreshnessView,
  type LogPosition,
  type FreshnessUpdate,
} from "../../feed/delivery/freshness.ts";
import { FRESHNESS_EVERY_MS, FRESHNESS_TRUSTED_MS } from "../../feed/limits.ts";
import type { Region } from "../../feed/delivery/regions.ts";

export class Freshness {
  readonly #ask: (region: Region, known: LogPosition | null) => Promise<FreshnessUpdate>;
  readonly #nowMs: () => number;
  readonly #views = new Map<Region, { view: FreshnessView; askedMs: number }>();

  constructor(
    ask: (region: Region, known: LogPosition | null) => Promise<FreshnessUpdate>,
    nowMs: () => number,
  ) {
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  /**
   * A view that can be trusted, or null: then nothing vouches for a page but its outbox. One request
   * asks for all of an isolate; the others go on with what is known, while it can be trusted. News
   * that come after the deadline serve the next request.
   */
  async view(region: Region, deadlineMs: number): Promise<FreshnessView | null> {
    const known = this.#views.get(region) ?? { view: new FreshnessView(), askedMs: -Infinity };
    this.#views.set(region, known);
    const { view } = known;
    const nowMs = this.#nowMs();
    const asked = nowMs - known.askedMs < FRESHNESS_EVERY_MS;
    if (nowMs - view.asOfMs >= FRESHNESS_EVERY_MS && !(asked && this.#isTrusted(view))) {
      known.askedMs = nowMs;
      try {
        const heard = this.#ask(region, view.position).then((news) => view.apply(news, nowMs));
        await pTimeout(heard, { milliseconds: Math.max(1, deadlineMs - nowMs) });
      } catch (error) {
        console.warn("the freshness log does not answer", { region, error: String(error) });
      }
    }
    return this.#isTrusted(view) ? view : null;
  }

  #isTrusted(view: FreshnessView): boolean {
    return this.#nowMs() - view.asOfMs <= FRESHNESS_TRUSTED_MS;
  }
}
