/** How far the import of a file has come, kept in a file beside it, so that another run goes on from there. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { importReportSchema } from "../../feed/wire-import.ts";
import { CommandError } from "../project.ts";

const countSchema = z.int().min(0);

const positionSchema = z.object({
  /** The file's size and time of change, and the Skein: those of another import are not this one's. */
  of: z.object({ size: countSchema, changedMs: z.number(), url: z.string() }),
  /** Lines that are finished. */
  lines: countSchema,
  /** What they have done. */
  report: importReportSchema,
  /** The lengths of the files of bad lines and of ids when these lines were finished, in bytes. */
  badBytes: countSchema,
  idsBytes: countSchema,
});
export type Position = z.infer<typeof positionSchema>;

const NOTHING_DONE = {
  users: 0,
  follows: 0,
  posts: 0,
  likes: 0,
  reposts: 0,
  skipped: 0,
  errors: 0,
  next: null,
};

export class PositionFile {
  readonly #path: string;
  readonly #of: Position["of"];

  /** @param of which import it is */
  constructor(path: string, of: Position["of"]) {
    this.#path = path;
    this.#of = of;
  }

  /** The position of an earlier run of the same import, or the beginning. @throws CommandError if the file is no position */
  async read(): Promise<Position> {
    const text = await readFile(this.#path, "utf8").catch(orAbsent);
    const beginning = { of: this.#of, lines: 0, report: NOTHING_DONE, badBytes: 0, idsBytes: 0 };
    if (text === null) return beginning;
    const position = parsed(text);
    if (position === null) {
      throw new CommandError(`${this.#path} is no position of an import. Remove or rename it.`);
    }
    const { size, changedMs, url } = position.of;
    const isSame =
      size === this.#of.size && changedMs === this.#of.changedMs && url === this.#of.url;
    return isSame ? position : beginning;
  }

  /** Replaces the position. A run that is killed meanwhile leaves the old one or the new one. */
  async write(position: Position): Promise<void> {
    const next = `${this.#path}.next`;
    await writeFile(next, JSON.stringify(position));
    await rename(next, this.#path);
  }

  /** Removes the position of a finished import. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function parsed(text: string): Position | null {
  try {
    return positionSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function orAbsent(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}
