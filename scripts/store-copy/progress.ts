/** The progress of a copy, in a file, so that an interrupted copy continues where it stopped. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

const positionSchema = z.object({
  table: z.string(),
  cursor: z.string().nullable(),
  rows: z.int(),
});
export type Position = z.infer<typeof positionSchema>;
const fileSchema = z.record(z.string(), positionSchema);

export class Progress {
  readonly #path: string;
  readonly #copy: string;

  /** @param copy the name of the copy, because the file holds several */
  constructor(path: string, copy: string) {
    this.#path = path;
    this.#copy = copy;
  }

  /** Where it stopped; null if it has not begun, or has ended. */
  async read(): Promise<Position | null> {
    return (await this.#all())[this.#copy] ?? null;
  }

  /** @param position null when the copy has ended */
  async write(position: Position | null): Promise<void> {
    const { [this.#copy]: _, ...others } = await this.#all();
    const all = position === null ? others : { ...others, [this.#copy]: position };
    await mkdir(dirname(this.#path), { recursive: true });
    // An atomic rename: an interruption here leaves the old file.
    await writeFile(`${this.#path}.new`, JSON.stringify(all, null, 2));
    await rename(`${this.#path}.new`, this.#path);
  }

  async #all(): Promise<Record<string, Position>> {
    const text = await readFile(this.#path, "utf8").catch(() => "{}");
    return fileSchema.parse(JSON.parse(text));
  }
}
