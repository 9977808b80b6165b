/**
 * How many lines of an import one request may write. Each kind of line takes a number of steps, and each step makes a
 * statement in every shard that has one of the lines' owners. So the bound holds however many shards there are.
 */
import {
  IMPORT_CHUNK_LINES,
  IMPORT_CHUNK_MAX_CHARS,
  IMPORT_OBJECT_CALLS_MAX,
  IMPORT_STATEMENTS_MAX,
} from "./limits-import.ts";
import type { ImportedUser, ImportLine } from "./wire-import.ts";

const KINDS = ["user", "profile", "follow", "post", "reaction"] as const;
/** The kinds of lines that are written together. */
export type ImportKind = (typeof KINDS)[number];

/**
 * Statements in one shard for the lines of a kind, with two more attempts to find free ids. A follow has two
 * accounts, and a post has its own key and its parent's: their steps about both count twice.
 */
export const IMPORT_STEPS: Readonly<Record<ImportKind, number>> = {
  user: 6,
  profile: 6,
  follow: 16,
  post: 26,
  reaction: 26,
};

/**
 * Statements of one line beyond the steps that it shares: a profile is compared, set with its jobs and sent, and an
 * external id is looked up, compared, noted and held, each for one account alone.
 */
export const IMPORT_STATEMENTS_EACH: Readonly<Record<ImportKind, number>> = {
  user: 0,
  profile: 22,
  follow: 0,
  post: 0,
  reaction: 0,
};

/** The kind of a line. */
export function kindOf(line: ImportLine): ImportKind {
  if ("user" in line) return hasDetails(line.user) ? "profile" : "user";
  if ("follow" in line) return "follow";
  return "post" in line ? "post" : "reaction";
}

/** Whether an account's line has what is written for each account by itself. */
export function hasDetails({ bio, avatarUrl, externalId }: ImportedUser): boolean {
  return bio !== undefined || avatarUrl !== undefined || externalId !== undefined;
}

/**
 * Calls of timelines, feeds and counters that a line makes at most: those of its author or actor, and of the post that
 * it answers or likes.
 */
const OBJECT_CALLS_EACH: Readonly<Record<ImportKind, number>> = {
  user: 0,
  profile: 2,
  follow: 2,
  post: 3,
  reaction: 2,
};

const NONE: Readonly<Record<ImportKind, number>> = {
  user: 0,
  profile: 0,
  follow: 0,
  post: 0,
  reaction: 0,
};

export class ImportPlan {
  readonly #callsFor: (owners: number) => number;
  #left = IMPORT_STATEMENTS_MAX;
  #objectCallsLeft = IMPORT_OBJECT_CALLS_MAX;
  #lines = { ...NONE };
  #chars = 0;

  /** @param callsFor how many calls a step makes at most for so many owners */
  constructor(callsFor: (owners: number) => number) {
    this.#callsFor = callsFor;
  }

  /** Whether a line may join those that are written together. */
  fits(kind: ImportKind, chars: number): boolean {
    const lines = { ...this.#lines, [kind]: this.#lines[kind] + 1 };
    return (
      this.count < IMPORT_CHUNK_LINES &&
      this.#chars + chars <= IMPORT_CHUNK_MAX_CHARS &&
      this.#cost(lines) <= this.#left &&
      objectCallsOf(lines) <= this.#objectCallsLeft
    );
  }

  /** How many lines are to be written together. */
  get count(): number {
    return Object.values(this.#lines).reduce((sum, n) => sum + n, 0);
  }

  add(kind: ImportKind, chars: number): void {
    this.#lines[kind]++;
    this.#chars += chars;
  }

  /** Notes that the lines are written, so that the next ones begin. */
  spend(): void {
    this.#left -= this.#cost(this.#lines);
    this.#objectCallsLeft -= objectCallsOf(this.#lines);
    this.#lines = { ...NONE };
    this.#chars = 0;
  }

  #cost(lines: Readonly<Record<ImportKind, number>>): number {
    return KINDS.reduce(
      (sum, kind) =>
        sum +
        IMPORT_STEPS[kind] * this.#callsFor(lines[kind]) +
        IMPORT_STATEMENTS_EACH[kind] * lines[kind],
      0,
    );
  }
}

function objectCallsOf(lines: Readonly<Record<ImportKind, number>>): number {
  return KINDS.reduce((sum, kind) => sum + OBJECT_CALLS_EACH[kind] * lines[kind], 0);
}
