/**
 * A region's ledger of figures, as an object: in memory alone, for figures that are lost are only
 * figures, and whoever keeps them for long has their own place for that.
 */
import { DurableObject } from "cloudflare:workers";
import type { Sums } from "../../feed/metrics/figures.ts";
import { type MetricsSnapshot, Aggregator } from "../../feed/metrics/aggregator.ts";
import { DATA_POINTS_MAX, AGGREGATOR_PUBLISH_EVERY_MS } from "../../feed/limits.ts";
import { type Point, pointsOf } from "../../feed/metrics/analytics-points.ts";

export class MetricsAggregator extends DurableObject<Env> {
  readonly #aggregator = new Aggregator(Date.now());
  /** What is to be written to Analytics Engine: more than one invocation may, now and then. */
  #points: Point[] = [];
  #alarmIsSet = false;

  /** Takes in what an isolate has counted. @returns milliseconds until it should come again */
  async add(more: Sums): Promise<number> {
    const pauseMs = this.#aggregator.add(more, Date.now());
    await this.#setAlarm(AGGREGATOR_PUBLISH_EVERY_MS);
    return pauseMs;
  }

  read(): MetricsSnapshot {
    return this.#aggregator.read();
  }

  /** Writes what has come since the last time to Analytics Engine, if this Skein has one. */
  override async alarm(): Promise<void> {
    this.#alarmIsSet = false;
    const news = this.#points.length === 0 ? this.#aggregator.unpublished() : null;
    if (news !== null) this.#points = pointsOf(news, this.ctx.id.name ?? "");
    const analytics: AnalyticsEngineDataset | undefined = this.env.ANALYTICS;
    for (const point of this.#points.splice(0, DATA_POINTS_MAX)) analytics?.writeDataPoint(point);
    if (this.#points.length > 0) await this.#setAlarm(0);
  }

  async #setAlarm(inMs: number): Promise<void> {
    if (this.#alarmIsSet) return;
    try {
      await this.ctx.storage.setAlarm(Date.now() + inMs);
      this.#alarmIsSet = true;
    } catch (error) {
      // What was counted is counted; whoever comes next sets it.
      console.warn("a ledger's alarm could not be set", String(error));
    }
  }
}
