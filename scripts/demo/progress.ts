/** Shows the progress of a long step: in place on a terminal, otherwise a line every few seconds. */

const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 2_000;

export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #startMs = performance.now();
  #shownMs = this.#startMs;

  /** @param total the value of `done` at the end */
  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
    this.#show(0, "");
  }

  update(done: number): void {
    const nowMs = performance.now();
    const everyMs = process.stdout.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
    if (nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    this.#show(done, "");
  }

  /** Ends the step. */
  end(): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(1);
    this.#show(this.#total, ` (${seconds} s)\n`);
  }

  #show(done: number, end: string): void {
    const count = `${done.toLocaleString("en")} of ${this.#total.toLocaleString("en")}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${this.#label}: ${count}${end}`);
    else if (end !== "" || done > 0) process.stdout.write(`${this.#label}: ${count}${end || "\n"}`);
  }
}
