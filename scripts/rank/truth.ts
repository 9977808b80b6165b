/** What the simulator knows and a log can't say: what each item of a page was truly worth. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../project.ts";
import type { Worths } from "./evaluate-orders.ts";

const truthLineSchema = z.strictObject({ page: z.string(), worths: z.array(z.number().min(0)) });

/** Reads the file that `rank:simulate --truth` writes. @throws CommandError if it is another one */
export async function readTruth(file: string): Promise<Worths> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new CommandError(`There is no ${file}. rank:simulate writes it with --truth ${file}.`);
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line, n) => {
      try {
        const { page, worths } = truthLineSchema.parse(JSON.parse(line));
        return [page, worths];
      } catch (error) {
        throw new CommandError(
          `${file}:${n + 1} is no line of rank:simulate --truth: ${line.slice(0, 80)}`,
          {
            cause: error,
          },
        );
      }
    }),
  );
}
