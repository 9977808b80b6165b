/** The work that waits: in the outbox, as dead letters, and in the queues. */
import type { Store } from "../../db/store.ts";
import type { Backlog } from "../../feed/metrics/backlog.ts";
import { BACKLOG_EVERY_MS } from "../../feed/limits.ts";
import { orNull } from "../../durable-objects/or-null.ts";

/** The queues, as far as a backlog needs them. */
interface WaitingQueues {
  /** The messages that wait, by queue; null for a queue that does not answer. */
  waiting(): Promise<Record<string, number | null>>;
}

/** Reads the backlog from the store and the queues, at most once in `BACKLOG_EVERY_MS`. */
export class Backlogs {
  readonly #store: Pick<Store, "outbox" | "deadLetters">;
  readonly #queues: WaitingQueues;
  readonly #nowMs: () => number;
  #lastRead: { backlog: Backlog; asOfMs: number } | null = null;

  constructor(
    store: Pick<Store, "outbox" | "deadLetters">,
    queues: WaitingQueues,
    nowMs: () => number,
  ) {
    this.#store = store;
    this.#queues = queues;
    this.#nowMs = nowMs;
  }

  /** The backlog, at most `BACKLOG_EVERY_MS` old. A count that cannot be read is null. */
  async read(): Promise<Backlog> {
    const nowMs = this.#nowMs();
    if (this.#lastRead !== null && nowMs - this.#lastRead.asOfMs < BACKLOG_EVERY_MS) {
      return this.#lastRead.backlog;
    }
    const [outbox, deadLetters, queues] = await Promise.all([
      orNull(() => this.#store.outbox.waiting()),
      orNull(() => this.#store.deadLetters.count()),
      this.#queues.waiting(),
    ]);
    const backlog = { outbox, deadLetters, queues };
    this.#lastRead = { backlog, asOfMs: nowMs };
    return backlog;
  }
}
