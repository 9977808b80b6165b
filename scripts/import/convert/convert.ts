/** The conversion of files from elsewhere to lines of an import. */
import type { ImportLine } from "../../../client/src/wire.ts";
import { importLineSchema } from "../../../feed/wire-import.ts";
import { linesOfArchives } from "./archive.ts";
import { readBluesky } from "./bluesky.ts";
import { followLines } from "./follows.ts";
import type { Handles } from "./handles.ts";
import type { LeftOut } from "./left-out.ts";
import { readMastodon } from "./mastodon.ts";

/** Where files may be from. */
export const SOURCES = ["mastodon", "bluesky", "follows"] as const;
type Source = (typeof SOURCES)[number];

/** Files that belong together. */
interface Files {
  from: Source;
  paths: readonly string[];
}

export function isSource(name: string): name is Source {
  return SOURCES.some((source) => source === name);
}

/**
 * The lines of some files. All of them are valid: those that Skein would refuse are left out.
 * @throws CommandError if a file is absent or something else
 */
export async function* converted(
  files: Files,
  handles: Handles,
  leftOut: LeftOut,
): AsyncGenerator<ImportLine> {
  for await (const line of unchecked(files, handles, leftOut)) {
    const fault = importLineSchema.safeParse(line).error?.issues[0];
    if (fault === undefined) yield line;
    else leftOut.add(`lines that Skein refuses (${fault.path.join(".")}: ${fault.message})`);
  }
}

async function* unchecked(
  { from, paths }: Files,
  handles: Handles,
  leftOut: LeftOut,
): AsyncGenerator<ImportLine> {
  if (from === "follows") {
    for (const path of paths) yield* followLines(path, leftOut);
    return;
  }
  const read = from === "mastodon" ? readMastodon : readBluesky;
  const archives = [];
  for (const path of paths) archives.push(await read(path, leftOut));
  yield* linesOfArchives(archives, handles, leftOut);
}
