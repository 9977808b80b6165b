/**
 * Bulk import of accounts and follows: NDJSON in, progress out. The import reads lines in chunks. It
 * reports a wrong line by its number and continues. It skips accounts and follows that exist, so an
 * import can be repeated.
 */
import { errorText } from "../../feed/error-text.ts";
import type { Account, NewAccount } from "../../db/store.ts";
import { edgesJob } from "../../feed/delivery/new-jobs.ts";
import { bucketOfHandle, type UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX, IMPORT_CHUNK_LINES, IMPORT_LINE_MAX_BYTES } from "../../feed/limits.ts";
import {
  type ImportAnswer,
  type ImportLine,
  importLineSchema,
  type ImportReport,
} from "../../feed/wire-import.ts";
import type { Deps } from "../deps.ts";
import { markForExport } from "../export/event-queue.ts";
import { propagateEdgesInBulk } from "../jobs/edges.ts";
import { finishJobs } from "../jobs/finish.ts";
import { drawIds } from "../draw-ids.ts";
import { linesOf } from "./lines.ts";

interface NumberedLine {
  number: number;
  content: ImportLine;
}

interface NumberedFollow {
  number: number;
  /** The follower's, then the followee's. */
  handles: readonly [string, string];
}

interface LineError {
  line: number;
  error: string;
}

interface Progress {
  report: ImportReport;
  /** Errors that are not answered yet. */
  errors: LineError[];
}

/** Imports a stream of lines. It never throws: the answer says why an import stopped. */
export async function* importLines(
  deps: Deps,
  input: ReadableStream<Uint8Array>,
): AsyncGenerator<ImportAnswer> {
  const report: ImportReport = { users: 0, follows: 0, skipped: 0, errors: 0 };
  const progress: Progress = { report, errors: [] };
  let chunk: NumberedLine[] = [];
  let number = 0;
  try {
    for await (const text of linesOf(input, IMPORT_LINE_MAX_BYTES)) {
      number++;
      if (text !== null && text.trim() === "") continue;
      const parsed = text === null ? "the line is too long" : parseLine(text);
      if (typeof parsed === "string") addError(progress, number, parsed);
      else chunk.push({ number, content: parsed });
      if (chunk.length + progress.errors.length < IMPORT_CHUNK_LINES) continue;
      await importChunk(deps, chunk, progress);
      chunk = [];
      yield* progress.errors.splice(0);
      yield { lines: number };
    }
    await importChunk(deps, chunk, progress);
    yield* progress.errors.splice(0);
  } catch (error) {
    console.error("an import stopped", { line: number, error: errorText(error) });
    yield* progress.errors.splice(0);
    yield {
      error: `stopped before line ${number}: a part of Skein does not answer; send it again`,
    };
  }
  yield report;
}

/** A line's content, or why it is wrong. */
function parseLine(text: string): ImportLine | string {
  try {
    const parsed = importLineSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    return 'neither {"user": {"handle", "name"?}} nor {"follow": [follower, followee]}';
  } catch {
    return "not JSON";
  }
}

function addError(progress: Progress, line: number, error: string): void {
  progress.report.errors++;
  progress.errors.push({ line, error });
}

/** Imports the accounts of a chunk, then its follows. */
async function importChunk(
  deps: Deps,
  chunk: readonly NumberedLine[],
  progress: Progress,
): Promise<void> {
  const users: { handle: string; name?: string | undefined }[] = [];
  const follows: NumberedFollow[] = [];
  for (const { number, content } of chunk) {
    if ("user" in content) users.push(content.user);
    else follows.push({ number, handles: content.follow });
  }
  const created = users.length === 0 ? 0 : await importUsers(deps, users);
  progress.report.users += created;
  progress.report.skipped += users.length - created;
  if (follows.length > 0) await importFollows(deps, follows, progress);
}

/** @returns how many accounts are new */
function importUsers(
  deps: Deps,
  users: readonly { handle: string; name?: string | undefined }[],
): Promise<number> {
  return drawIds(() => {
    const accounts = users.map(({ handle, name }): NewAccount => {
      const id = deps.drawId(bucketOfHandle(handle));
      return { id, handle, name: name ?? handle, passwordHash: null };
    });
    return deps.store.accounts.importAll(accounts);
  });
}

async function importFollows(
  deps: Deps,
  follows: readonly NumberedFollow[],
  progress: Progress,
): Promise<void> {
  const accounts = await deps.store.accounts.byHandles(follows.flatMap(({ handles }) => handles));
  const lines = follows.flatMap(({ number, handles }) => {
    const [follower, followee] = handles.map((handle) => accounts.get(handle));
    if (follower !== undefined && followee !== undefined) return { number, follower, followee };
    const unknown = follower === undefined ? handles[0] : handles[1];
    addError(progress, number, `there is no account @${unknown}`);
    return [];
  });
  const existing = await existingFollows(deps, lines);
  const newLines = new Map<string, (typeof lines)[number]>();
  const followingCounts = new Map<UserId, number>();
  for (const { number, follower, followee } of lines) {
    const edge = edgeOf({ follower, followee });
    const following = followingCounts.get(follower.id) ?? follower.counts.following;
    if (follower.id === followee.id) addError(progress, number, "an account cannot follow itself");
    else if (existing.has(keyOf(edge)) || newLines.has(keyOf(edge))) progress.report.skipped++;
    else if (following >= FOLLOWING_MAX) {
      const error = `@${follower.handle} already follows ${FOLLOWING_MAX} accounts, the most allowed`;
      addError(progress, number, error);
    } else {
      followingCounts.set(follower.id, following + 1);
      newLines.set(keyOf(edge), { number, follower, followee });
    }
  }
  const edges = [...newLines.values()].map(edgeOf);
  const { written, refused } = await writeEdges(deps, edges);
  progress.report.follows += written;
  progress.report.skipped += edges.length - written - refused.length;
  for (const edge of refused) {
    const line = newLines.get(keyOf(edge));
    if (line === undefined) continue;
    const why = "one has blocked the other, or the follower has followed too many meanwhile";
    const pair = `@${line.follower.handle} cannot follow @${line.followee.handle}`;
    addError(progress, line.number, `${pair}: ${why}`);
  }
}

interface Edge {
  follower: UserId;
  followee: UserId;
}

function edgeOf({ follower, followee }: { follower: Account; followee: Account }): Edge {
  return { follower: follower.id, followee: followee.id };
}

function keyOf(edge: Edge): string {
  return `${edge.follower} ${edge.followee}`;
}

/**
 * The keys of the follows that exist. The import skips them, and the sweep finishes those that a
 * crash left half done.
 */
async function existingFollows(
  deps: Deps,
  lines: readonly { follower: Account; followee: Account }[],
): Promise<Set<string>> {
  const edges = await deps.store.graph.edges(lines.map(edgeOf));
  return new Set(edges.filter((edge) => edge.following).map((edge) => keyOf(edge)));
}

/**
 * Writes edges together with the jobs that heal a crash, then does the work of those jobs for all
 * followers at once. @returns how many edges are new, and those that the store did not accept
 */
async function writeEdges(
  deps: Deps,
  edges: readonly Edge[],
): Promise<{ written: number; refused: Edge[] }> {
  if (edges.length === 0) return { written: 0, refused: [] };
  const byFollower = Map.groupBy(edges, (edge) => edge.follower);
  const { written, jobs } = await drawIds(async () => {
    const all = [...byFollower].map(([follower, own]) => {
      const job = edgesJob(deps.newId(follower), {
        follower,
        followees: own.map((edge) => edge.followee),
        timeline: "rebuild",
        hint: null,
      });
      return markForExport(deps.events, "follow", job);
    });
    return {
      written: await deps.store.graph.importEdges(edges, deps.nowMs(), all),
      jobs: all,
    };
  });
  const stored = await deps.store.graph.edges(edges);
  await propagateEdgesInBulk(deps, stored);
  await finishJobs(deps, jobs);
  const following = new Set(stored.filter((edge) => edge.following).map(keyOf));
  return { written, refused: edges.filter((edge) => !following.has(keyOf(edge))) };
}
