/** Models as files. */
import { readFile, writeFile } from "node:fs/promises";
import { type ModelDocument, parseModel } from "../../feed/rank/model-document.ts";
import { CommandError } from "../project.ts";

/** Reads a model. @throws CommandError with its fault */
export async function readModel(file: string): Promise<ModelDocument> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new CommandError(`${file} does not exist. \`npm run train\` makes a model from a log.`);
  }
  const parsed = parseModel(text);
  if (!parsed.ok) throw new CommandError(`${file}: ${parsed.error}`);
  return parsed.model;
}

/** Writes a model, one field per line. @throws CommandError if it would not be valid */
export async function writeModel(file: string, model: ModelDocument): Promise<void> {
  const fields = Object.entries(model).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const text = `{\n${fields.join(",\n")}\n}\n`;
  const parsed = parseModel(text);
  if (!parsed.ok) throw new CommandError(`${parsed.error}. The log may have odd numbers in it.`);
  await writeFile(file, text);
}
