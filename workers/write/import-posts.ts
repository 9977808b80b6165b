/**
 * Importing posts. The author's row of a key decides which id the key has. It is written first, then the post with
 * its jobs, then the key is listed by its hash. So an import that stopped anywhere continues with the same ids,
 * no key makes two posts, and a key that is found has its post.
 */
import type { Account, ImportedPost, KeyedPost } from "../../db/store.ts";
import { fnv1a } from "../../feed/hash.ts";
import { historyJobs, replyJob } from "../../feed/delivery/new-jobs.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import { type Id, idOfOwner, idOwner, idTimeMs, type PostId, type UserId } from "../../feed/ids.ts";
import { IMPORT_ID_ATTEMPTS } from "../../feed/limits-import.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { settleImport } from "./import-settle.ts";
import { addError, addId, pastMs, type Progress, withAccounts } from "./import-progress.ts";

interface PostLine {
  number: number;
  key: string;
  author: string;
  text: string;
  at: string;
  replyTo?: string | undefined;
}

/** A line whose author exists, and whose time is in the past. */
interface ReadyLine extends PostLine {
  account: Account;
  atMs: number;
}

/** Writes posts that are new. @throws StoreUnavailable, ObjectUnavailable, QueueUnavailable */
export async function importPosts(
  deps: Deps,
  posts: readonly PostLine[],
  progress: Progress,
): Promise<void> {
  const named = posts.map((line) => ({ ...line, handle: line.author }));
  const known = await withAccounts(deps, named, progress);
  const ready = known.flatMap((line): ReadyLine[] => {
    const atMs = pastMs(deps, line, progress);
    return atMs === null ? [] : [{ ...line, atMs }];
  });
  const keys = ready.flatMap(({ key, replyTo }) =>
    replyTo === undefined ? [key] : [key, replyTo],
  );
  const listed = postsByKey(await deps.store.imports.keysListed(keys));
  const unlisted = ready.filter((line) => {
    const post = listed.get(line.key);
    if (post === undefined) return true;
    if (idOwner(post) === idOwner(line.account.id)) skip(line, post, progress);
    else addError(progress, line.number, `another author has a post with the key ${line.key}`);
    return false;
  });
  const lines = withoutRepeats(unlisted, progress);
  const fresh = withParents(lines, listed, progress);
  if (fresh.length === 0) return;
  const reserved = await reserveIds(deps, fresh, progress);
  const postOf = postsByKey([...listedOf(listed), ...reserved.values()]);
  const toWrite = toBeWritten(fresh, reserved, progress);
  const { posts: written, jobs } = await writeReserved(deps, toWrite, postOf, progress);
  const lineOf = new Map(fresh.map((line) => [line.key, line]));
  const isNew = new Set(written.map(({ key }) => key));
  const keyed = [...reserved.values()].flatMap((one) => {
    const author = lineOf.get(one.key)?.account.id;
    return author !== undefined && (one.written || isNew.has(one.key)) ? [{ ...one, author }] : [];
  });
  await listKeys(deps, keyed, {
    listed: (key, post) => {
      if (!isNew.has(key)) return;
      progress.report.posts++;
      addId(progress, lineOf.get(key)?.number ?? 0, post);
    },
    refused: (key) => {
      const number = lineOf.get(key)?.number ?? 0;
      addError(progress, number, `another author has a post with the key ${key}`);
    },
  });
  await settleImport(deps, jobs);
}

function listedOf(listed: ReadonlyMap<string, PostId>): KeyedPost[] {
  return [...listed].map(([key, post]) => ({ key, post }));
}

function postsByKey(entries: readonly KeyedPost[]): Map<string, PostId> {
  return new Map(entries.map(({ key, post }) => [key, post]));
}

function skip({ number }: { number: number }, post: PostId, progress: Progress): void {
  progress.report.skipped++;
  addId(progress, number, post);
}

/** The first line of each key. Others of the same author are repetitions. */
function withoutRepeats(lines: readonly ReadyLine[], progress: Progress): ReadyLine[] {
  const first = new Map<string, ReadyLine>();
  for (const line of lines) {
    const other = first.get(line.key);
    if (other === undefined) first.set(line.key, line);
    else if (other.account.id === line.account.id) progress.report.skipped++;
    else addError(progress, line.number, `another author has a post with the key ${line.key}`);
  }
  return [...first.values()];
}

/** Those lines whose parents are there, or come with them. */
function withParents(
  lines: readonly ReadyLine[],
  listed: ReadonlyMap<string, PostId>,
  progress: Progress,
): ReadyLine[] {
  let left = [...lines];
  for (;;) {
    const keys = new Set(left.map(({ key }) => key));
    const isThere = ({ key, replyTo }: ReadyLine) =>
      replyTo === undefined || listed.has(replyTo) || (keys.has(replyTo) && replyTo !== key);
    const orphans = left.filter((line) => !isThere(line));
    if (orphans.length === 0) return left;
    for (const { number, replyTo } of orphans) {
      addError(progress, number, `replyTo: there is no post with the key ${replyTo} yet`);
    }
    left = left.filter(isThere);
  }
}

interface Reserved extends KeyedPost {
  written: boolean;
}

/**
 * Gives each key an id of the post's time. Where that millisecond of the author is taken, a later one is tried.
 * @returns what is reserved, by key
 */
async function reserveIds(
  deps: Deps,
  lines: readonly ReadyLine[],
  progress: Progress,
): Promise<Map<string, Reserved>> {
  const reserved = new Map<string, Reserved>();
  const taken = new Set<Id>();
  const inOrder = lines.toSorted((a, b) => a.atMs - b.atMs || a.number - b.number);
  for (let attempt = 0; attempt < IMPORT_ID_ATTEMPTS; attempt++) {
    const missing = inOrder.filter(({ key }) => !reserved.has(key));
    if (missing.length === 0) break;
    const wanted = missing.map((line) => {
      const later = attempt === 0 ? 0 : 1 + (fnv1a(line.key, attempt) % 10 ** attempt);
      let id = idOfOwner(line.account.id, line.atMs + later);
      while (taken.has(id)) id = idOfOwner(line.account.id, idTimeMs(id) + 1);
      taken.add(id);
      return { author: line.account.id, key: line.key, id };
    });
    for (const one of await deps.store.imports.reservePosts(wanted)) reserved.set(one.key, one);
  }
  for (const { key, number } of inOrder) {
    if (!reserved.has(key)) addError(progress, number, "at: the author has too many posts then");
  }
  return reserved;
}

interface ToWrite {
  line: ReadyLine;
  id: PostId;
}

/** Those lines whose posts have ids and are still to be written; the others were written before. */
function toBeWritten(
  lines: readonly ReadyLine[],
  reserved: ReadonlyMap<string, Reserved>,
  progress: Progress,
): ToWrite[] {
  return lines.flatMap((line) => {
    const own = reserved.get(line.key);
    if (own === undefined) return [];
    if (!own.written) return [{ line, id: own.post }];
    skip(line, own.post, progress);
    return [];
  });
}

/** Writes posts with their jobs. @returns the posts and the jobs */
async function writeReserved(
  deps: Deps,
  toWrite: readonly ToWrite[],
  postOf: ReadonlyMap<string, PostId>,
  progress: Progress,
): Promise<{ posts: ImportedPost[]; jobs: Job[] }> {
  const authorOf = await parentAuthors(deps, toWrite, postOf);
  const accounts = new Map(toWrite.map(({ line }) => [line.account.id, line.account]));
  const posts = toWrite.flatMap(({ line, id }): ImportedPost[] => {
    const { key, text, account, number, replyTo: parentKey } = line;
    const parent = parentKey === undefined ? null : (postOf.get(parentKey) ?? "");
    const author = parent === null ? undefined : authorOf.get(parent);
    if (parent !== null && author === undefined) {
      addError(progress, number, `replyTo: the post with the key ${parentKey} is gone`);
      return [];
    }
    const replyTo = parent === null || author === undefined ? null : { id: parent, author };
    return [{ id, key, author: account.id, text, replyTo }];
  });
  if (posts.length === 0) return { posts, jobs: [] };
  const jobs = await drawIds(async () => {
    const all = [...Map.groupBy(posts, ({ author }) => author)].flatMap(([author, own]) => {
      const account = accounts.get(author);
      return account === undefined ? [] : jobsOf(deps, account, own);
    });
    await deps.store.imports.writePosts(posts, all);
    return all;
  });
  return { posts, jobs };
}

/**
 * Lists keys, so that they are found. This comes after their posts are written: whoever finds a key finds its post.
 * If another request has listed a key of another author meanwhile, the post that is too much goes.
 */
async function listKeys(
  deps: Deps,
  keyed: readonly (KeyedPost & { author: UserId })[],
  report: { listed(key: string, post: PostId): void; refused(key: string): void },
): Promise<void> {
  const listed = postsByKey(await deps.store.imports.listKeys(keyed));
  for (const { key, post, author } of keyed) {
    if (listed.get(key) === post) {
      report.listed(key, post);
      continue;
    }
    await deps.store.posts.remove({ id: post, author }, []);
    report.refused(key);
  }
}

/** The authors of the posts that are answered: of those in the store, and of those that come with them. */
async function parentAuthors(
  deps: Deps,
  toWrite: readonly ToWrite[],
  postOf: ReadonlyMap<string, PostId>,
): Promise<Map<PostId, UserId>> {
  const authors = new Map(toWrite.map(({ line, id }) => [id, line.account.id]));
  const parents = toWrite.flatMap(({ line: { replyTo } }) =>
    replyTo === undefined ? [] : (postOf.get(replyTo) ?? []),
  );
  const stored = parents.filter((id) => !authors.has(id));
  for (const post of (await deps.store.posts.byIds(stored)).values()) {
    authors.set(post.id, post.author.id);
  }
  return authors;
}

/** The jobs of an author's new posts: one for those who hold a copy of the history, and one for each reply. */
function jobsOf(deps: Deps, account: Account, posts: readonly ImportedPost[]) {
  const id = deps.newId(account.id);
  const newest = posts.reduce((last, post) => (post.id > last ? post.id : last), "");
  const exported =
    deps.events === null
      ? []
      : posts.map(({ id: post, text, replyTo }) => ({ id: post, text, replyTo }));
  const history = historyJobs(account, id, newest, exported);
  const replies = posts.flatMap((post, n) =>
    post.replyTo === null ? [] : [replyJob(id, history.length + n, post.id, post.replyTo.id)],
  );
  return [...history, ...replies];
}
