/** A region's freshness log, as an object: in memory alone, and honest about what it has lost. */
import { DurableObject } from "cloudflare:workers";
import { FreshnessLog as Log, type LogPosition, type News } from "../../feed/delivery/freshness.ts";
import type { UserId } from "../../feed/ids.ts";

export class FreshnessLog extends DurableObject<Env> {
  readonly #log = new Log(crypto.randomUUID(), Date.now());

  /** Notes that an outbox is at a version. */
  note(author: UserId, version: number): void {
    this.#log.note(author, version, Date.now());
  }

  /** What has changed after a position. */
  after(known: LogPosition | null): News {
    return this.#log.after(known, Date.now());
  }
}
