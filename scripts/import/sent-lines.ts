/** The lines of a file that an import sends. It remembers those whose end is not confirmed yet, and no others. */

export class SentLines implements AsyncIterable<string> {
  readonly #lines: AsyncIterable<string>;
  /** Finished lines. */
  #finished: number;
  #waiting: string[] = [];
  /** The bytes of finished lines, and of those that were finished at the beginning. */
  bytes = 0;
  bytesBefore = 0;

  /** @param finished how many lines an earlier run has finished; they are not sent */
  constructor(lines: AsyncIterable<string>, finished: number) {
    this.#lines = lines;
    this.#finished = finished;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    let toSkip = this.#finished;
    for await (const line of this.#lines) {
      if (toSkip > 0) {
        toSkip--;
        this.bytesBefore += bytesOf(line);
        this.bytes = this.bytesBefore;
        continue;
      }
      this.#waiting.push(line);
      yield line;
    }
  }

  /** A line that is not finished. @param number counted from 1 */
  textOf(number: number): string {
    return this.#waiting[number - this.#finished - 1] ?? "";
  }

  /** Forgets the lines up to a number. */
  finish(upTo: number): void {
    const lines = this.#waiting.splice(0, upTo - this.#finished);
    this.bytes += lines.reduce((sum, line) => sum + bytesOf(line), 0);
    this.#finished = upTo;
  }
}

/** With its line feed. */
function bytesOf(line: string): number {
  return Buffer.byteLength(line) + 1;
}
