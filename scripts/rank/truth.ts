/** The true worth of each item of a page, which the simulator knows and a log lacks. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../project.ts";
import type { Worths } from "./evaluate-orders.ts";

const truthLineSchema = z.strictObject({ page: z.string(), worths: z.array(z.number().min(0)) });

/** Reads a file of `rank:simulate --truth`. @throws CommandError if it is missing or another file */
export async function readTruth(file: string): Promise<Worths> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new CommandError(`${file} does not exist. rank:simulate writes it with --truth ${file}.`);
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line, n) => {
      try {
        const { page, worths } = truthLineSchema.parse(JSON.parse(line));
        return [page, worths];
      } catch (error) {
        throw new CommandError(
          `${file}:${n + 1} is not a line of rank:simulate --truth: ${line.slice(0, 80)}`,
          {
            cause: error,
          },
        );
      }
    }),
  );
}
