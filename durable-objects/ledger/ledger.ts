/**
 * A region's ledger of figures, as an object: in memory alone, for figures that are lost are only
 * figures, and whoever keeps them for long has their own place for that.
 */
import { DurableObject } from "cloudflare:workers";
import type { Sums } from "../../feed/figures.ts";
import { type Account, Ledger as Sheet } from "../../feed/ledger.ts";
import { LEDGER_PUBLISH_EVERY_MS } from "../../feed/limits.ts";
import { pointsOf } from "../../feed/points.ts";

export class Ledger extends DurableObject<Env> {
  readonly #sheet = new Sheet(Date.now());
  #alarmIsSet = false;

  /** Takes in what an isolate has counted. @returns milliseconds until it should come again */
  async add(more: Sums): Promise<number> {
    const pauseMs = this.#sheet.add(more, Date.now());
    if (!this.#alarmIsSet) {
      this.#alarmIsSet = true;
      await this.ctx.storage.setAlarm(Date.now() + LEDGER_PUBLISH_EVERY_MS);
    }
    return pauseMs;
  }

  read(): Account {
    return this.#sheet.read();
  }

  /** Writes what has come since the last time to Analytics Engine; a Skein without one has none. */
  override alarm(): void {
    this.#alarmIsSet = false;
    const news = this.#sheet.unpublished();
    if (news === null) return;
    for (const point of pointsOf(news, this.ctx.id.name ?? "")) {
      this.env.ANALYTICS.writeDataPoint(point);
    }
  }
}
