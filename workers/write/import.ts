/**
 * Bulk import: NDJSON in, progress out. The import reads lines in chunks. It reports a wrong line by its number
 * and continues. It skips what exists, so an import can be repeated. One request makes a bounded number of
 * statements, and says with which line the next one continues.
 */
import { callsOfInvocation } from "../../feed/call-groups.ts";
import { errorText } from "../../feed/error-text.ts";
import { ImportPlan, kindOf } from "../../feed/import-plan.ts";
import { IMPORT_CHUNK_LINES, IMPORT_LINE_MAX_BYTES } from "../../feed/limits-import.ts";
import { linesOf } from "../../feed/lines.ts";
import { placeKind } from "../../feed/placement.ts";
import { type ImportAnswer, type ImportLine, importLineSchema } from "../../feed/wire-import.ts";
import type { Deps } from "../deps.ts";
import { importFollows } from "./import-follows.ts";
import { importPosts } from "./import-posts.ts";
import { addError, newProgress, type NumberedLine, type Progress } from "./import-progress.ts";
import { importReactions, type ReactionLine } from "./import-reactions.ts";
import { importUsers } from "./import-users.ts";

/**
 * Imports a stream of lines. It never throws: the answer says why an import stopped.
 * @param withIds answers the ids of what lines have made or found
 */
export async function* importLines(
  deps: Deps,
  input: ReadableStream<Uint8Array>,
  withIds = false,
): AsyncGenerator<ImportAnswer> {
  const progress = newProgress(withIds);
  const plan = new ImportPlan((owners) => callsFor(deps, owners));
  let chunk: NumberedLine[] = [];
  const decoder = new TextDecoder();
  let number = 0;
  async function* write(): AsyncGenerator<ImportAnswer> {
    const lines = chunk;
    chunk = [];
    plan.spend();
    await importChunk(deps, lines, progress);
    yield* progress.answers.splice(0);
  }
  try {
    for await (const line of linesOf(input, IMPORT_LINE_MAX_BYTES)) {
      const text = line === null ? null : decoder.decode(line);
      number++;
      if (text !== null && text.trim() === "") continue;
      const parsed = text === null ? "the line is too long" : parseLine(text);
      if (typeof parsed === "string") {
        addError(progress, number, parsed);
      } else {
        const [kind, chars] = [kindOf(parsed), text?.length ?? 0];
        if (!plan.fits(kind, chars)) {
          yield* write();
          if (!plan.fits(kind, chars)) {
            progress.report.next = number;
            break;
          }
        }
        plan.add(kind, chars);
        chunk.push({ number, content: parsed });
      }
      if (chunk.length + progress.answers.length < IMPORT_CHUNK_LINES) continue;
      yield* write();
      yield { lines: number };
    }
    yield* write();
  } catch (error) {
    console.error("an import stopped", { line: number, error: errorText(error) });
    yield* progress.answers.splice(0);
    yield {
      error: `stopped before line ${number}: a part of Skein does not answer; send it again`,
    };
  }
  yield progress.report;
}

/** How many calls a step about so many owners makes at most. */
function callsFor({ router: { places } }: Deps, owners: number): number {
  const isObjects = places.some(({ name }) => placeKind(name) === "objects");
  return isObjects ? callsOfInvocation(owners) : Math.min(owners, places.length);
}

/** A line's content, or why it is wrong. */
function parseLine(text: string): ImportLine | string {
  try {
    const parsed = importLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : wrongLine(JSON.parse(text));
  } catch {
    return "not JSON";
  }
}

/** Why an object is no line: what is wrong with it as the kind that it names. */
function wrongLine(line: unknown): string {
  const names = typeof line === "object" && line !== null ? Object.keys(line) : [];
  const [only] = names;
  const part = importLineSchema.options.find(
    ({ shape }) => only !== undefined && names.length === 1 && Object.hasOwn(shape, only),
  );
  const issue = part?.safeParse(line).error?.issues[0];
  if (issue === undefined) {
    return 'one of {"user": …}, {"follow": …}, {"post": …}, {"like": …} and {"repost": …}, alone';
  }
  return `${issue.path.join(".")}: ${issue.message}`;
}

/** Imports the accounts of a chunk, then its follows, its posts and its reactions. */
async function importChunk(
  deps: Deps,
  chunk: readonly NumberedLine[],
  progress: Progress,
): Promise<void> {
  const users = chunk.flatMap(({ number, content }) =>
    "user" in content ? [{ number, ...content.user }] : [],
  );
  const follows = chunk.flatMap(({ number, content }) =>
    "follow" in content ? [{ number, handles: content.follow }] : [],
  );
  const posts = chunk.flatMap(({ number, content }) =>
    "post" in content ? [{ number, ...content.post }] : [],
  );
  const reactions = chunk.flatMap(({ number, content }): ReactionLine[] => {
    if ("like" in content) {
      const [handle, key] = content.like;
      return [{ number, kind: "like", handle, key, at: null }];
    }
    if (!("repost" in content)) return [];
    const [handle, key, at] = content.repost;
    return [{ number, kind: "repost", handle, key, at }];
  });
  if (users.length > 0) await importUsers(deps, users, progress);
  if (follows.length > 0) await importFollows(deps, follows, progress);
  if (posts.length > 0) await importPosts(deps, posts, progress);
  if (reactions.length > 0) await importReactions(deps, reactions, progress);
}
