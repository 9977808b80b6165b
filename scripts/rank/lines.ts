/** Writes files line by line. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";

/** A file that is written line by line, with backpressure. */
export class Lines {
  readonly #stream;

  constructor(file: string) {
    this.#stream = createWriteStream(file);
  }

  async write(line: string): Promise<void> {
    if (!this.#stream.write(`${line}\n`)) await once(this.#stream, "drain");
  }

  async end(): Promise<void> {
    this.#stream.end();
    await once(this.#stream, "finish");
  }
}
