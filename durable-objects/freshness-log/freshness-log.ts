/** A region's freshness log, as an object. It is in memory only, and says what it has lost. */
import { DurableObject } from "cloudflare:workers";
import {
  FreshnessLog as Log,
  type LogPosition,
  type FreshnessUpdate,
} from "../../feed/delivery/freshness.ts";
import type { UserId } from "../../feed/ids.ts";

export class FreshnessLog extends DurableObject<Env> {
  readonly #log = new Log(crypto.randomUUID(), Date.now());

  /** Records the version that an author feed has now. */
  recordVersion(author: UserId, version: number): void {
    this.#log.recordVersion(author, version, Date.now());
  }

  /** The changes after a position. */
  changesAfter(known: LogPosition | null): FreshnessUpdate {
    return this.#log.changesAfter(known, Date.now());
  }
}
