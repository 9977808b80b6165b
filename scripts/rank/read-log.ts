/** Reads a training log line by line. A bad line is reported with its number and left out. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type LogLine, parseLogLine } from "../../feed/rank/training-log.ts";
import { Progress } from "../demo/progress.ts";
import { CommandError } from "../project.ts";

/** Bad lines that are reported one by one; of the others only the number is. */
const REPORTED_MAX = 10;
/** Of all lines; with more, something is wrong with the log as a whole. */
export const MAX_BAD_SHARE = 0.05;

/** What a log was made of, in lines that have something on them. */
export interface ReadLog {
  lines: number;
  bad: number;
  /** Lines of a page that had come before: only its first line counts. */
  repeated: number;
}

/**
 * Hands over the pages of a log one by one, so that a log may be larger than memory.
 * @throws CommandError if there is no such file, nothing in it, or more of it is bad than allowed
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
  if (lines === 0) throw new CommandError(`${file} is empty: there is nothing to learn from.`);
  if (bad / lines <= maxBadShare) return;
  throw new CommandError(
    `That is more than ${maxBadShare * 100} %: look at the lines named above. If the rest is worth ` +
      "using all the same, say how much may be bad: --max-bad 0.5 accepts half.",
  );
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    throw new CommandError(
      `There is no ${file}. \`npm run rank:simulate -- --out ${file}\` makes a log to try things with.`,
    );
  }
}
