/** Files of an archive that is a folder or a .tar.gz. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { CommandError } from "../../project.ts";

/** The texts of those of the named files that there are, by name. @throws CommandError if there is no such archive */
export async function filesOf(
  path: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CommandError(`There is no file ${path}.`, { cause });
  });
  return found.isDirectory() ? filesInFolder(path, names) : filesInTar(path, names);
}

async function filesInFolder(path: string, names: readonly string[]) {
  const files = new Map<string, string>();
  for (const name of names) {
    const text = await readFile(join(path, name), "utf8").catch(orAbsent);
    if (text !== null) files.set(name, text);
  }
  return files;
}

/** Reads a .tar.gz; pictures and films are passed over. */
async function filesInTar(path: string, names: readonly string[]) {
  const files = new Map<string, string>();
  const source = createReadStream(path);
  const unzipped = source.pipe(createGunzip());
  const entries = extract();
  source.on("error", (error) => entries.destroy(error));
  unzipped.on("error", (error) => entries.destroy(error));
  unzipped.pipe(entries);
  try {
    for await (const entry of entries) {
      const name = basename(entry.header.name);
      if (!names.includes(name)) {
        entry.resume();
        continue;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of entry) if (piece instanceof Uint8Array) pieces.push(piece);
      files.set(name, Buffer.concat(pieces).toString());
    }
  } catch (cause) {
    throw new CommandError(`${path} is no .tar.gz. Unpack it and name the folder.`, { cause });
  }
  return files;
}

function orAbsent(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
  throw error;
}
