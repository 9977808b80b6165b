/** How far a copy has come, kept in a file, so that one that was cut off goes on where it was. */
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

  /** @param copy what is copied to where: several may be under way */
  constructor(path: string, copy: string) {
    this.#path = path;
    this.#copy = copy;
  }

  /** Where it was cut off; null if it has not begun, or has come to its end. */
  async read(): Promise<Position | null> {
    return (await this.#all())[this.#copy] ?? null;
  }

  /** @param position null when it has come to its end */
  async write(position: Position | null): Promise<void> {
    const { [this.#copy]: _, ...others } = await this.#all();
    const all = position === null ? others : { ...others, [this.#copy]: position };
    await mkdir(dirname(this.#path), { recursive: true });
    // In its place at one stroke: being cut off here leaves the one before.
    await writeFile(`${this.#path}.new`, JSON.stringify(all, null, 2));
    await rename(`${this.#path}.new`, this.#path);
  }

  async #all(): Promise<Record<string, Position>> {
    const text = await readFile(this.#path, "utf8").catch(() => "{}");
    return fileSchema.parse(JSON.parse(text));
  }
}
