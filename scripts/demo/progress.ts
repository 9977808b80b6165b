/** One bar for a work of several steps, with an estimate of the time that is left. */

const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 2_000;
const BAR_CHARS = 24;
/** An estimate needs this share of the work: before it, one step's speed would stand for all. */
const ESTIMATE_FROM = 0.05;

/** A step: its name, how many pieces it has, and how long a piece is expected to take. */
export interface Step {
  label: string;
  pieces: number;
  pieceMs: number;
}

/** How much of a work is done, as a share; and how long the rest takes at the speed so far, in ms. */
export function estimate(
  steps: readonly Step[],
  { step, done, elapsedMs }: { step: number; done: number; elapsedMs: number },
): { share: number; leftMs: number | null } {
  const expected = ({ pieces, pieceMs }: Step) => pieces * pieceMs;
  const total = steps.reduce((sum, one) => sum + expected(one), 0);
  const before = steps.slice(0, step).reduce((sum, one) => sum + expected(one), 0);
  const current = steps[step];
  const doneMs = before + (current === undefined ? 0 : done * current.pieceMs);
  const share = total === 0 ? 1 : Math.min(1, doneMs / total);
  const leftMs = share < ESTIMATE_FROM ? null : (elapsedMs * (1 - share)) / share;
  return { share, leftMs };
}

/** A line that shows how far a work is. @param leftMs null if no estimate can be made yet */
export function progressLine(label: string, share: number, leftMs: number | null): string {
  const full = Math.round(share * BAR_CHARS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CHARS - full);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const left = leftMs === null ? "" : `, about ${Math.max(1, Math.round(leftMs / 1_000))} s left`;
  return `${bar} ${percent} %  ${label}${left}`;
}

/** Shows the progress of a work: in place on a terminal, otherwise as a line every few seconds. */
export class Progress {
  readonly #steps: readonly Step[];
  readonly #startMs = performance.now();
  #step = 0;
  #shownMs = this.#startMs;

  /**
   * A work of one step or of several. `next` ends a step.
   * @param work the steps, or the name of the only one
   * @param total the value of `done` at the end of the only step
   */
  constructor(work: string | readonly Step[], total = 0) {
    this.#steps = typeof work === "string" ? [{ label: work, pieces: total, pieceMs: 1 }] : work;
    if (process.stdout.isTTY) this.#showAt(0);
  }

  /** @param done pieces of the current step */
  update(done: number): void {
    const nowMs = performance.now();
    const everyMs = process.stdout.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
    if (nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    this.#showAt(done);
  }

  /** Ends a step, and begins the next one. */
  next(): void {
    if (this.#step < this.#steps.length - 1) this.#step++;
  }

  /** Ends the work. */
  end(): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(1);
    const { label, pieces } = this.#current;
    this.#show(`${progressLine(counted(label, pieces, pieces), 1, null)} (${seconds} s)`);
    if (process.stdout.isTTY) process.stdout.write("\n");
  }

  get #current(): Step {
    return this.#steps[this.#step] ?? { label: "", pieces: 0, pieceMs: 0 };
  }

  #showAt(done: number): void {
    const elapsedMs = performance.now() - this.#startMs;
    const { share, leftMs } = estimate(this.#steps, { step: this.#step, done, elapsedMs });
    const { label, pieces } = this.#current;
    this.#show(progressLine(counted(label, done, pieces), share, leftMs));
  }

  #show(line: string): void {
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }
}

function counted(label: string, done: number, pieces: number): string {
  return `${label}: ${done.toLocaleString("en")} of ${pieces.toLocaleString("en")}`;
}
