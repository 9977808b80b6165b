/** The messages that wait in the queues. */
import { BACKLOG_EVERY_MS } from "../../feed/limits.ts";

/** Messages by queue; null for a queue that does not answer. */
type Lengths = Record<string, number | null>;

/** The queues, as far as a backlog needs them. */
interface WaitingQueues {
  waiting(): Promise<Lengths>;
}

/** Reads the lengths of the queues, at most once in `BACKLOG_EVERY_MS`. */
export class Backlogs {
  readonly #queues: WaitingQueues;
  readonly #nowMs: () => number;
  #lastRead: { lengths: Lengths; asOfMs: number } | null = null;

  constructor(queues: WaitingQueues, nowMs: () => number) {
    this.#queues = queues;
    this.#nowMs = nowMs;
  }

  /** The messages by queue, at most `BACKLOG_EVERY_MS` old; null for a queue that does not answer. */
  async read(): Promise<Lengths> {
    const nowMs = this.#nowMs();
    if (this.#lastRead !== null && nowMs - this.#lastRead.asOfMs < BACKLOG_EVERY_MS) {
      return this.#lastRead.lengths;
    }
    const lengths = await this.#queues.waiting();
    this.#lastRead = { lengths, asOfMs: nowMs };
    return lengths;
  }
}
