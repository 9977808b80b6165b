/** A file of JSON lines about an import's lines. Lines of a piece that was not finished are cut off by the next run. */
import { appendFile, open, rm } from "node:fs/promises";

export class KeptLines {
  readonly path: string;
  #waiting = "";
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Truncates the file, or makes an empty one. @param bytes its new length */
  async goOnFrom(bytes: number): Promise<void> {
    const file = await open(this.path, "a");
    try {
      await file.truncate(bytes);
    } finally {
      await file.close();
    }
    this.#bytes = bytes;
  }

  add(line: unknown): void {
    this.#waiting += `${JSON.stringify(line)}\n`;
  }

  /** Writes what was added. @returns the length of the file, in bytes */
  async write(): Promise<number> {
    if (this.#waiting === "") return this.#bytes;
    await appendFile(this.path, this.#waiting);
    this.#bytes += Buffer.byteLength(this.#waiting);
    this.#waiting = "";
    return this.#bytes;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
