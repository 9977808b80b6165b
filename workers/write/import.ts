/**
 * Bulk import of accounts and follows: NDJSON in, progress out. Lines are taken in chunks; a line
 * that is wrong is reported with its number and stops nothing. What is there already is skipped,
 * so an import can be repeated.
 */
import type { Account, NewAccount } from "../../db/store.ts";
import { bucketOfHandle, idBucket, type UserId } from "../../feed/ids.ts";
import type { EdgesJob } from "../../feed/delivery/jobs.ts";
import { FOLLOWING_MAX, IMPORT_CHUNK_LINES, IMPORT_LINE_MAX_BYTES } from "../../feed/limits.ts";
import { type ImportLine, importLineSchema, type ImportReport } from "../../feed/wire-import.ts";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { bringInBulk } from "../jobs/edges.ts";
import { finish } from "../jobs/settle.ts";
import { linesOf } from "./lines.ts";

/** What an import answers, line by line; the report is the last. */
export type ImportAnswer =
  { lines: number } | { line: number; error: string } | { error: string } | ImportReport;

interface NumberedLine {
  number: number;
  content: ImportLine;
}

interface Fault {
  line: number;
  error: string;
}

interface Progress {
  report: ImportReport;
  faults: Fault[];
}

/** Imports a stream of lines. */
export async function* importLines(
  deps: Deps,
  input: ReadableStream<Uint8Array>,
): AsyncGenerator<ImportAnswer> {
  const report: ImportReport = { users: 0, follows: 0, skipped: 0, errors: 0 };
  const progress: Progress = { report, faults: [] };
  let chunk: NumberedLine[] = [];
  let number = 0;
  try {
    for await (const text of linesOf(input, IMPORT_LINE_MAX_BYTES)) {
      number++;
      if (text !== null && text.trim() === "") continue;
      const parsed = text === null ? "the line is too long" : parseLine(text);
      if (typeof parsed === "string") fault(progress, number, parsed);
      else chunk.push({ number, content: parsed });
      if (chunk.length + progress.faults.length < IMPORT_CHUNK_LINES) continue;
      await importChunk(deps, chunk, progress);
      chunk = [];
      yield* progress.faults.splice(0);
      yield { lines: number };
    }
    await importChunk(deps, chunk, progress);
    yield* progress.faults.splice(0);
  } catch (error) {
    console.error("an import stopped", { line: number, error: String(error) });
    yield* progress.faults.splice(0);
    yield {
      error: `stopped before line ${number}: a part of Skein does not answer; send it again`,
    };
  }
  yield report;
}

function parseLine(text: string): ImportLine | string {
  try {
    const parsed = importLineSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    return 'neither {"user": {"handle", "name"?}} nor {"follow": [follower, followee]}';
  } catch {
    return "not JSON";
  }
}

function fault(progress: Progress, line: number, error: string): void {
  progress.report.errors++;
  progress.faults.push({ line, error });
}

async function importChunk(
  deps: Deps,
  chunk: readonly NumberedLine[],
  progress: Progress,
): Promise<void> {
  const accounts: NewAccount[] = [];
  const follows: { number: number; handles: readonly [string, string] }[] = [];
  for (const { number, content } of chunk) {
    if ("user" in content) {
      const { handle, name } = content.user;
      const id = deps.newId(bucketOfHandle(handle));
      accounts.push({ id, handle, name: name ?? handle, passwordHash: null });
    } else follows.push({ number, handles: content.follow });
  }
  const made = accounts.length === 0 ? 0 : await deps.store.accounts.importAll(accounts);
  progress.report.users += made;
  progress.report.skipped += accounts.length - made;
  if (follows.length > 0) await importFollows(deps, follows, progress);
}

async function importFollows(
  deps: Deps,
  follows: readonly { number: number; handles: readonly [string, string] }[],
  progress: Progress,
): Promise<void> {
  const accounts = await deps.store.accounts.byHandles(follows.flatMap(({ handles }) => handles));
  const lines = follows.flatMap(({ number, handles }) => {
    const [follower, followee] = handles.map((handle) => accounts.get(handle));
    if (follower !== undefined && followee !== undefined) return { number, follower, followee };
    const unknown = follower === undefined ? handles[0] : handles[1];
    fault(progress, number, `there is no account @${unknown}`);
    return [];
  });
  const there = await edgesThatStand(deps, lines);
  const fresh = new Map<string, Pair>();
  const following = new Map<UserId, number>();
  for (const { number, follower, followee } of lines) {
    const pair = { follower: follower.id, followee: followee.id };
    const count = following.get(follower.id) ?? follower.counts.following;
    if (follower.id === followee.id) fault(progress, number, "nobody can follow themselves");
    else if (there.has(keyOf(pair)) || fresh.has(keyOf(pair))) progress.report.skipped++;
    else if (count >= FOLLOWING_MAX) {
      const whose = `@${follower.handle} follows ${FOLLOWING_MAX} accounts`;
      fault(progress, number, `${whose}, as many as can be`);
    } else {
      following.set(follower.id, count + 1);
      fresh.set(keyOf(pair), pair);
    }
  }
  const written = await writeEdges(deps, [...fresh.values()]);
  progress.report.follows += written;
  progress.report.skipped += fresh.size - written;
}

interface Pair {
  follower: UserId;
  followee: UserId;
}

function keyOf(pair: Pair): string {
  return `${pair.follower} ${pair.followee}`;
}

/** Which of some follows stand already: they are skipped; what a crash left undone, the sweep does. */
async function edgesThatStand(
  deps: Deps,
  lines: readonly { follower: Account; followee: Account }[],
): Promise<Set<string>> {
  const pairs = lines.map(({ follower, followee }) => ({
    follower: follower.id,
    followee: followee.id,
  }));
  const edges = await deps.store.graph.edges(pairs);
  return new Set(edges.filter((edge) => edge.following).map((edge) => keyOf(edge)));
}

/** Writes edges with the jobs that heal a crash, then does those jobs, all followers at once. */
async function writeEdges(deps: Deps, edges: readonly Pair[]): Promise<number> {
  if (edges.length === 0) return 0;
  const jobs = [...Map.groupBy(edges, (edge) => edge.follower)].flatMap(([follower, own]) =>
    withExport<EdgesJob>(deps.events, "follow", [
      {
        v: 1,
        kind: "edges",
        id: deps.newId(idBucket(follower)),
        part: 0,
        attempt: 0,
        follower,
        followees: own.map((edge) => edge.followee),
        timeline: "rebuild",
        hint: null,
      },
    ]),
  );
  const fresh = await deps.store.graph.importEdges(edges, deps.nowMs(), jobs);
  await bringInBulk(deps, await deps.store.graph.edges(edges));
  await finish(deps, jobs);
  return fresh;
}
