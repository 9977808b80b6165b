/**
 * The export of an account: all that is stored about it, line by line. It reads a page at a time and holds no more, however
 * much there is. An answer has a bounded number of pages, and ends with where the next one goes on.
 */
import type { StatedAccount } from "../../db/store.ts";
import { decodeEdge, encodeEdge } from "../../feed/cursor.ts";
import { EXPORT_PAGE, EXPORT_PAGES_MAX } from "../../feed/limits-lifecycle.ts";
import { createdAt } from "../../feed/timeline/present.ts";
import type { ExportLine } from "../../feed/wire-export.ts";
import { readSteering } from "../rank/steering.ts";
import type { Deps } from "../deps.ts";

/** A page of lines; `next` is where the part goes on, null at its end. */
interface Lines {
  lines: ExportLine[];
  next: string | null;
}

type Part = (deps: Deps, account: StatedAccount, after: string | null) => Promise<Lines>;

/** The parts of an export, in their order. */
const PARTS: readonly Part[] = [
  readAccount,
  readPosts,
  readReactions,
  readSignIns,
  (deps, { id }, after) => readEdges(deps, id, "following", after),
  (deps, { id }, after) => readEdges(deps, id, "followers", after),
  readRelations,
  readImpressions,
];

/** Where an export goes on: the number of a part, and a position in it. */
export interface ExportPosition {
  part: number;
  after: string | null;
}

/** Reads a cursor of an export; null if it is none. */
export function decodeExport(cursor: string): ExportPosition | null {
  const [, part, after] = /^x(\d)\.(.*)$/.exec(cursor) ?? [];
  if (part === undefined || after === undefined || Number(part) >= PARTS.length) return null;
  return { part: Number(part), after: after === "" ? null : after };
}

/** The lines of an account's export from a position on; the last one says whether that was all. */
export async function* exportLines(
  deps: Deps,
  account: StatedAccount,
  from: ExportPosition | null,
): AsyncGenerator<ExportLine> {
  let { part, after } = from ?? { part: 0, after: null };
  for (let page = 0; page < EXPORT_PAGES_MAX; page++) {
    const read = PARTS[part];
    if (read === undefined) break;
    const { lines, next } = await read(deps, account, after);
    yield* lines;
    if (next === null) part++;
    after = next;
  }
  const next = part < PARTS.length ? `x${part}.${after ?? ""}` : null;
  yield { end: true, next };
}

async function readAccount(deps: Deps, account: StatedAccount): Promise<Lines> {
  const { id, handle, name, bio, avatarUrl, state, counts } = account;
  const card = { id, handle, name, bio, avatarUrl };
  // Left out if the account has never steered its ranked order.
  const ranking = (await readSteering(deps, id)) ?? undefined;
  const line = { account: { ...card, createdAt: createdAt(id), state, counts, ranking } };
  return { lines: [line], next: null };
}

/** Posts with their texts; reposts are reactions. */
async function readPosts(deps: Deps, { id }: StatedAccount, below: string | null): Promise<Lines> {
  const posts = await deps.store.lifecycle.ownPosts(id, below, EXPORT_PAGE);
  const lines = posts
    .filter(({ repostOf }) => repostOf === null)
    .map(({ id: post, text, replyTo, likes, reposts, replies }) => ({
      post: {
        id: post,
        createdAt: createdAt(post),
        text,
        replyTo: replyTo?.id ?? null,
        counts: { likes, reposts, replies },
      },
    }));
  return { lines, next: posts.length < EXPORT_PAGE ? null : (posts.at(-1)?.id ?? null) };
}

/** Sessions, without what their tokens are known by, and the subjects of other issuers. */
async function readSignIns(deps: Deps, { id }: StatedAccount): Promise<Lines> {
  const [sessions, identities] = await Promise.all([
    deps.store.sessions.ofAccount(id),
    deps.store.identities.ofAccount(id),
  ]);
  const lines = [
    ...sessions.map(({ device, rotatedMs }) => ({
      session: { device, lastUsedAt: new Date(rotatedMs).toISOString() },
    })),
    ...identities.map(({ issuer, sub }) => ({ identity: { issuer, sub } })),
  ];
  return { lines, next: null };
}

async function readReactions(
  deps: Deps,
  { id }: StatedAccount,
  after: string | null,
): Promise<Lines> {
  const { items, next } = await deps.store.lifecycle.ownReactions(id, after, EXPORT_PAGE);
  const lines = items.map(({ kind, post, version }) => ({
    reaction: { kind, postId: post, at: new Date(version).toISOString() },
  }));
  return { lines, next };
}

async function readEdges(
  deps: Deps,
  id: string,
  list: "following" | "followers",
  after: string | null,
): Promise<Lines> {
  const position = after === null ? null : decodeEdge(list, after);
  const page = await deps.store.graph[list](id, position, EXPORT_PAGE);
  const kind = list === "following" ? list : "follower";
  const lines = page.items.map((userId) => ({ relation: { kind, userId } }) as const);
  return { lines, next: page.next === null ? null : encodeEdge(list, page.next) };
}

/** Mutes and blocks that the account has made. The export leaves out those that others have made of it. */
async function readRelations(
  deps: Deps,
  { id }: StatedAccount,
  after: string | null,
): Promise<Lines> {
  const { items, next } = await deps.store.relations.allRelations(id, after);
  const lines = items.flatMap(({ kind, target, active }) =>
    active && kind !== "blocked_by" ? [{ relation: { kind, userId: target } }] : [],
  );
  return { lines, next };
}

/** What the account's timeline remembers of what it was shown. */
async function readImpressions(deps: Deps, { id }: StatedAccount): Promise<Lines> {
  const reports = await deps.homes.call(
    id,
    async (home) => await home.reportsBetween(0, deps.nowMs() + 1),
  );
  const lines = reports.map(({ atMs, items }) => ({
    seen: { at: new Date(atMs).toISOString(), items: [...items] },
  }));
  return { lines, next: null };
}
