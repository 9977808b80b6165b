/**
 * The figures of one region, in memory alone: lost figures harm nobody, and operators who keep figures
 * for long store them elsewhere.
 */
import { errorText } from "../../feed/error-text.ts";
import { DurableObject } from "cloudflare:workers";
import type { Sums } from "../../feed/metrics/figures.ts";
import { type MetricsSnapshot, Aggregator } from "../../feed/metrics/aggregator.ts";
import { DATA_POINTS_MAX, AGGREGATOR_PUBLISH_EVERY_MS } from "../../feed/limits.ts";
import { type Point, pointsOf } from "../../feed/metrics/analytics-points.ts";

export class MetricsAggregator extends DurableObject<Env> {
  readonly #aggregator = new Aggregator(Date.now());
  /** Points for Analytics Engine; sometimes more than one invocation may write. */
  #points: Point[] = [];
  #alarmIsSet = false;

  /** Adds the figures of an isolate. @returns milliseconds until the isolate should call again */
  async add(more: Sums): Promise<number> {
    const pauseMs = this.#aggregator.add(more, Date.now());
    await this.#setAlarm(AGGREGATOR_PUBLISH_EVERY_MS);
    return pauseMs;
  }

  read(): MetricsSnapshot {
    return this.#aggregator.read();
  }

  /** Writes the figures since the last alarm to Analytics Engine, if this Skein has one. */
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
      // The figures are added all the same; the next call sets the alarm.
      console.warn("the alarm of the metrics aggregator was not set", errorText(error));
    }
  }
}
