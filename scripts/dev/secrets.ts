/** Development secrets: made on first start, kept in .dev.vars, which git ignores. */
import { appendFile, readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { SECRET_MAKERS } from "../secrets.ts";

/** The variables of .dev.vars; none if there is no such file. */
export async function readDevVars(path: string): Promise<NodeJS.Dict<string>> {
  return parseEnv(await readIfThere(path));
}

/** Adds the secrets that .dev.vars lacks, and changes no other. @returns the names of the new ones */
export function addMissingSecrets(path: string): Promise<string[]> {
  return addMissing(path, SECRET_MAKERS);
}

/** Adds the variables that .dev.vars lacks. @returns the names of the new ones */
export async function addMissing(
  path: string,
  makers: ReadonlyMap<string, () => string>,
): Promise<string[]> {
  const before = await readIfThere(path);
  const present = parseEnv(before);
  const missing = [...makers].filter(([name]) => present[name] === undefined);
  if (missing.length === 0) return [];
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  const lines = missing.map(([name, make]) => `${name}="${make()}"\n`);
  // Appending loses nothing that another process writes at the same time; the last line counts.
  await appendFile(path, gap + lines.join(""), { mode: 0o600 });
  return missing.map(([name]) => name);
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
