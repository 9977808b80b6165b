/** What waits, asked of the store and the queues, at most every few seconds in an isolate. */
import type { Store } from "../../db/store.ts";
import type { Backlog } from "../../feed/metrics/backlog.ts";
import { BACKLOG_EVERY_MS } from "../../feed/limits.ts";
import type { JobQueues } from "../job-queues.ts";
import { orNull } from "./or-null.ts";

export class Backlogs {
  readonly #store: Pick<Store, "outbox" | "deadLetters">;
  readonly #queues: Pick<JobQueues, "waiting">;
  readonly #nowMs: () => number;
  #known: { backlog: Backlog; asOfMs: number } | null = null;

  constructor(
    store: Pick<Store, "outbox" | "deadLetters">,
    queues: Pick<JobQueues, "waiting">,
    nowMs: () => number,
  ) {
    this.#store = store;
    this.#queues = queues;
    this.#nowMs = nowMs;
  }

  /** What waits, as of a few seconds ago at the earliest; what does not answer is null. */
  async read(): Promise<Backlog> {
    const nowMs = this.#nowMs();
    if (this.#known !== null && nowMs - this.#known.asOfMs < BACKLOG_EVERY_MS) {
      return this.#known.backlog;
    }
    const [outbox, deadLetters, queues] = await Promise.all([
      orNull(() => this.#store.outbox.waiting()),
      orNull(() => this.#store.deadLetters.count()),
      this.#queues.waiting(),
    ]);
    const backlog = { outbox, deadLetters, queues };
    this.#known = { backlog, asOfMs: nowMs };
    return backlog;
  }
}
