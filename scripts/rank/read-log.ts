/** Reads a training log line by line. It reports an invalid line with its number and skips it. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type LogLine, parseLogLine } from "../../feed/rank/training-log.ts";
import { Progress } from "../demo/progress.ts";
import { CommandError } from "../project.ts";

/** How many invalid lines are reported one by one; the others are only counted. */
const REPORTED_MAX = 10;
/** The accepted share of invalid lines; with more, the log as a whole is wrong. */
export const MAX_BAD_SHARE = 0.05;

/** How many lines of each kind a log has, without empty ones. */
export interface ReadLog {
  lines: number;
  bad: number;
  /** Lines that repeat a page; only its first line counts. */
  repeated: number;
}

/**
 * Passes the pages of a log on one by one, so that a log may be larger than memory.
 * @throws CommandError if the file is missing or empty, or if too many lines are invalid
 */
export async function readLog(
  file: string,
  maxBadShare: number,
  onPage: (page: LogLine) => void,
): Promise<ReadLog> {
  const bytes = await sizeOf(file);
  const progress = new Progress(`Reading ${file}, bytes`, bytes);
  const known = new Set<string>();
  const found: ReadLog = { lines: 0, bad: 0, repeated: 0 };
  let [number, read] = [0, 0];
  const input = createReadStream(file);
  input.on("data", (chunk) => progress.update((read += chunk.length)));
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (text.trim() === "") continue;
    found.lines++;
    const parsed = parseLogLine(text);
    if (!parsed.ok) {
      found.bad++;
      if (found.bad <= REPORTED_MAX) console.error(`${file}:${number}: skipped: ${parsed.error}`);
    } else if (known.has(parsed.line.page)) found.repeated++;
    else {
      known.add(parsed.line.page);
      onPage(parsed.line);
    }
  }
  progress.end();
  tell(file, found);
  refuse(file, found, maxBadShare);
  return found;
}

function tell(file: string, { lines, bad, repeated }: ReadLog): void {
  if (bad > REPORTED_MAX) console.error(`… and ${bad - REPORTED_MAX} more bad lines.`);
  if (bad > 0) console.log(`${bad} of ${lines} lines of ${file} are bad and were skipped.`);
  if (repeated > 0) console.log(`${repeated} lines repeat a page and were skipped.`);
}

function refuse(file: string, { lines, bad }: ReadLog, maxBadShare: number): void {
  if (lines === 0) throw new CommandError(`${file} is empty. Training needs a log with pages.`);
  if (bad / lines <= maxBadShare) return;
  throw new CommandError(
    `That is more than ${maxBadShare * 100} %: look at the lines named above. To use the rest all the ` +
      "same, raise the limit: --max-bad 0.5 accepts half.",
  );
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    throw new CommandError(
      `${file} does not exist. \`npm run rank:simulate -- --out ${file}\` makes a log to try things with.`,
    );
  }
}
