/** What an import has done, and what it has to answer. */
import type { Account } from "../../db/store.ts";
import type { Id } from "../../feed/ids.ts";
import { IMPORT_AGE_MIN_MS } from "../../feed/limits-import.ts";
import type { ImportAnswer, ImportLine, ImportReport } from "../../feed/wire-import.ts";
import type { Deps } from "../deps.ts";

/** A line of an import, with its number. */
export interface NumberedLine {
  number: number;
  content: ImportLine;
}

export interface Progress {
  report: ImportReport;
  /** Errors and ids that are not answered yet. */
  answers: ImportAnswer[];
  /** Whether the caller wants the ids of what lines have made. */
  withIds: boolean;
}

export function newProgress(withIds: boolean): Progress {
  const counts = { users: 0, follows: 0, posts: 0, likes: 0, reposts: 0, skipped: 0, errors: 0 };
  return { report: { ...counts, next: null }, answers: [], withIds };
}

/** Reports what is wrong with a line. */
export function addError(progress: Progress, line: number, error: string): void {
  progress.report.errors++;
  progress.answers.push({ line, error });
}

/** Answers the id of what a line has made, or found. */
export function addId(progress: Progress, line: number, id: Id): void {
  if (progress.withIds) progress.answers.push({ line, id });
}

/** The accounts of some handles. It reports the lines that name others, and leaves them out. */
export async function withAccounts<T extends { number: number; handle: string }>(
  deps: Deps,
  lines: readonly T[],
  progress: Progress,
): Promise<(T & { account: Account })[]> {
  const accounts = await deps.store.accounts.byHandles(lines.map(({ handle }) => handle));
  return lines.flatMap((line) => {
    const account = accounts.get(line.handle);
    if (account !== undefined) return { ...line, account };
    addError(progress, line.number, `there is no account @${line.handle}`);
    return [];
  });
}

/** The moment of a line, in milliseconds since 1970; null, with an error reported, if it is not in the past. */
export function pastMs(
  deps: Deps,
  { number, at }: { number: number; at: string },
  progress: Progress,
): number | null {
  const ms = Date.parse(at);
  if (ms >= 0 && ms <= deps.nowMs() - IMPORT_AGE_MIN_MS) return ms;
  addError(
    progress,
    number,
    ms < 0
      ? "at: a time before 1970"
      : `at: a time in the past, ${IMPORT_AGE_MIN_MS / 1000} s ago or more`,
  );
  return null;
}
