/** Importing likes and reposts. */
import type { Account, ImportedReaction, Reaction, ReactionKind } from "../../db/store.ts";
import { fnv1a } from "../../feed/hash.ts";
import { historyJobs, tallyJob } from "../../feed/delivery/new-jobs.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import { type Id, idOfOwner, idTimeMs, sortedAfter } from "../../feed/ids.ts";
import { IMPORT_ID_ATTEMPTS } from "../../feed/limits-import.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { markForExport } from "../export/event-queue.ts";
import { addError, addId, pastMs, type Progress, withAccounts } from "./import-progress.ts";
import { settleImport } from "./import-settle.ts";

/** A like or a repost, as its line says it. */
export interface ReactionLine {
  number: number;
  kind: ReactionKind;
  handle: string;
  key: string;
  /** When a repost was made; null for a like. */
  at: string | null;
}

/** A line whose account and post exist. */
interface ReadyLine extends ReactionLine {
  account: Account;
  post: PostBody;
  /** Null for a like. */
  atMs: number | null;
}

/** Writes reactions that are new. @throws StoreUnavailable, ObjectUnavailable, QueueUnavailable */
export async function importReactions(
  deps: Deps,
  reactions: readonly ReactionLine[],
  progress: Progress,
): Promise<void> {
  const lines = await withPosts(deps, reactions, progress);
  const seen = await reactionsOf(deps, lines);
  const fresh = new Map<string, ReadyLine>();
  for (const line of lines) {
    const stored = seen.get(textOf(line));
    if (stored === undefined && !fresh.has(textOf(line))) fresh.set(textOf(line), line);
    else progress.report.skipped++;
    const entry = stored?.entry ?? null;
    if (entry !== null) addId(progress, line.number, entry);
  }
  let missing = [...fresh.values()];
  const taken = new Set<Id>();
  const jobs: Job[] = [];
  for (let attempt = 0; attempt < IMPORT_ID_ATTEMPTS && missing.length > 0; attempt++) {
    jobs.push(...(await write(deps, missing, { attempt, taken })));
    const written = await reactionsOf(deps, missing);
    for (const line of missing) {
      const stored = written.get(textOf(line));
      if (stored === undefined) continue;
      progress.report[line.kind === "like" ? "likes" : "reposts"]++;
      if (stored.entry !== null) addId(progress, line.number, stored.entry);
    }
    missing = missing.filter((line) => !written.has(textOf(line)));
  }
  for (const { number } of missing) {
    addError(progress, number, "at: the account has too many posts and reposts then");
  }
  await settleImport(deps, jobs);
}

/** Those lines whose accounts and posts exist. It reports the others. */
async function withPosts(
  deps: Deps,
  reactions: readonly ReactionLine[],
  progress: Progress,
): Promise<ReadyLine[]> {
  const known = await withAccounts(deps, reactions, progress);
  const listed = await deps.store.imports.keysListed(known.map(({ key }) => key));
  const postOf = new Map(listed.map(({ key, post }) => [key, post]));
  const posts = await deps.store.posts.byIds([...new Set(postOf.values())]);
  return known.flatMap((line): ReadyLine[] => {
    const { number, key, at } = line;
    const id = postOf.get(key);
    const post = posts.get(id ?? "");
    if (post === undefined) {
      const why = id === undefined ? "there is no post" : "gone is the post";
      addError(progress, number, `${why} with the key ${key}`);
      return [];
    }
    if (at === null) return [{ ...line, post, atMs: null }];
    const atMs = pastMs(deps, { number, at }, progress);
    return atMs === null ? [] : [{ ...line, post, atMs }];
  });
}

function textOf(line: { account: Account; kind: ReactionKind; post: { id: Id } }): string {
  return `${line.account.id} ${line.kind} ${line.post.id}`;
}

/** What the store has of the lines' reactions, by `textOf`. */
async function reactionsOf(
  deps: Deps,
  lines: readonly ReadyLine[],
): Promise<Map<string, Reaction>> {
  const keys = lines.map(({ account, kind, post }) => ({
    actor: account.id,
    kind,
    post: post.id,
  }));
  const unique = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
  const found = await deps.store.reactions.reactionsBy(unique);
  return new Map(found.map((one) => [`${one.actor} ${one.kind} ${one.post}`, one]));
}

/** Writes reactions with their jobs; a repost whose entry is taken is left out. @returns the jobs */
async function write(
  deps: Deps,
  lines: readonly ReadyLine[],
  { attempt, taken }: { attempt: number; taken: Set<Id> },
): Promise<Job[]> {
  const entries = new Map(lines.map((line) => [line, entryOf(line, attempt, taken)]));
  return drawIds(async () => {
    const all = [...Map.groupBy(lines, ({ account }) => account.id).values()].flatMap((own) =>
      withJobs(deps, own, entries),
    );
    await deps.store.imports.importReactions(all, deps.nowMs());
    const byKey = new Map(all.flatMap((one) => one.jobs.map((job) => [keyOf(job), job])));
    return [...byKey.values()];
  });
}

function keyOf({ id, part }: Job): string {
  return `${id} ${part}`;
}

/** The entry of a repost, which is not older than its post; null for a like. */
function entryOf({ account, post, atMs, key }: ReadyLine, attempt: number, taken: Set<Id>) {
  if (atMs === null) return null;
  const later = attempt === 0 ? 0 : 1 + (fnv1a(key, attempt) % 10 ** attempt);
  let id = idOfOwner(account.id, Math.max(atMs, idTimeMs(post.id)) + later);
  id = sortedAfter(id, post.id);
  while (taken.has(id)) id = idOfOwner(account.id, idTimeMs(id) + 1);
  taken.add(id);
  return id;
}

/** The reactions of one account, each with the job that counts it; reposts also with those of the history. */
function withJobs(
  deps: Deps,
  lines: readonly ReadyLine[],
  entries: ReadonlyMap<ReadyLine, Id | null>,
): ImportedReaction[] {
  const [first] = lines;
  if (first === undefined) return [];
  const { account } = first;
  const id = deps.newId(account.id);
  const newest = lines.reduce((last, line) => {
    const entry = entries.get(line) ?? "";
    return entry > last ? entry : last;
  }, "");
  const history = newest === "" ? [] : historyJobs(account, id, newest, []);
  return lines.map((line, n) => {
    const { kind, post } = line;
    const counting = tallyJob(id, history.length + n, { actor: account.id, kind, post });
    const entry = entries.get(line) ?? null;
    const jobs = [
      markForExport(deps.events, "react", counting),
      ...(entry === null ? [] : history),
    ];
    return { actor: account.id, kind, post: post.id, entry, jobs };
  });
}
