/** Imports a file of any size: its lines are read as they are sent, so that memory does not grow with it. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { sumOf } from "../../client/src/import-run.ts";
import { orThrow, type SkeinAdministration } from "../../client/src/skein-client.ts";
import type { ImportAnswer, ImportReport } from "../../client/src/wire.ts";
import { IMPORT_LINE_MAX_BYTES } from "../../feed/limits-import.ts";
import { linesOf } from "../../feed/lines.ts";
import { CommandError } from "../project.ts";
import { KeptLines } from "./kept-lines.ts";
import { PositionFile } from "./position.ts";
import { SentLines } from "./sent-lines.ts";

/** An import of a file, and where to keep what it answers. */
export interface FileImport {
  administration: SkeinAdministration;
  /** The Skein's address; the position of an import into another one does not count. */
  url: string;
  file: string;
  /** The file that gets the ids of what lines made; null if nobody wants them. */
  ids: string | null;
  /** Whether to begin with the first line, though an earlier run came further. */
  again: boolean;
}

export interface FileProgress {
  /** Finished lines, and those of them that earlier runs have finished. */
  lines: number;
  linesBefore: number;
  /** The finished share of the file, from 0 to 1, and that of earlier runs. */
  share: number;
  shareBefore: number;
}

export interface FileReport {
  report: ImportReport;
  lines: number;
}

/** Sent for a line that is too long, so that it is refused like any other bad line. */
const TOO_LONG = "-".repeat(IMPORT_LINE_MAX_BYTES + 1);

/**
 * Imports the lines of a file that no earlier run has finished. `<file>.bad` gets the lines that are wrong, and
 * `<file>.position` says how far the import has come, until it is finished.
 * @param onBad gets each line that is wrong
 * @throws CommandError if there is no such file; SkeinError if the import stopped
 */
export async function importFile(
  { administration, url, file, ids, again }: FileImport,
  onProgress: (progress: FileProgress) => void,
  onBad: (line: number, error: string) => void,
): Promise<FileReport> {
  const { size, mtimeMs } = await statOf(file);
  const positions = new PositionFile(`${file}.position`, { size, changedMs: mtimeMs, url });
  if (again) await positions.remove();
  const position = await positions.read();
  const bad = new KeptLines(badLinesOf(file));
  await bad.goOnFrom(position.badBytes);
  const made = ids === null ? null : new KeptLines(ids);
  await made?.goOnFrom(position.idsBytes);
  const linesBefore = position.lines;
  const sent = new SentLines(linesOfFile(file), linesBefore);
  const onAnswer = async (answer: ImportAnswer): Promise<void> => {
    if ("users" in answer) {
      position.report = sumOf(position.report, answer);
    } else if ("lines" in answer) {
      position.lines = linesBefore + answer.lines;
      sent.finish(position.lines);
      position.badBytes = await bad.write();
      position.idsBytes = (await made?.write()) ?? 0;
      await positions.write(position);
      const shares = { share: sent.bytes / size, shareBefore: sent.bytesBefore / size };
      onProgress({ lines: position.lines, linesBefore, ...shares });
    } else if (answer.line !== undefined) {
      const line = linesBefore + answer.line;
      const text = sent.textOf(line);
      if ("id" in answer) {
        made?.add({ line, ...nameOf(text), id: answer.id });
      } else {
        bad.add({ line, error: answer.error, text: text === TOO_LONG ? null : text });
        onBad(line, answer.error);
      }
    }
  };
  orThrow(await administration.importLines(sent, onAnswer, { ids: made !== null }));
  await positions.remove();
  if (position.badBytes === 0) await bad.remove();
  const { report, lines } = position;
  return { report, lines };
}

/** The file that keeps the bad lines of another. */
export function badLinesOf(file: string): string {
  return `${file}.bad`;
}

async function statOf(file: string) {
  try {
    return await stat(file);
  } catch (cause) {
    throw new CommandError(`There is no file ${file}.`, { cause });
  }
}

async function* linesOfFile(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const bytes: AsyncIterable<Uint8Array> = createReadStream(file);
  for await (const line of linesOf(bytes, IMPORT_LINE_MAX_BYTES)) {
    yield line === null ? TOO_LONG : decoder.decode(line);
  }
}

/** The key or the handle of a line that made something with an id. */
function nameOf(text: string): { handle: string } | { key: string } | Record<string, never> {
  const line: unknown = JSON.parse(text);
  if (typeof line !== "object" || line === null) return {};
  if ("user" in line && hasText(line.user, "handle")) return { handle: line.user.handle };
  if ("post" in line && hasText(line.post, "key")) return { key: line.post.key };
  return {};
}

function hasText<Name extends string>(value: unknown, name: Name): value is Record<Name, string> {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "string"
  );
}
