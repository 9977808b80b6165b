/**
 * Reads the training log: each served page, joined with what its viewer did within an hour. An action
 * on a post counts for the last page that showed the post before the action. All rows that the join
 * reads are with the viewer.
 */
import pMap from "p-map";
import type { ServedPage } from "../../db/store.ts";
import { type Id, idCeiling, idFloor, idTimeMs, type UserId } from "../../feed/ids.ts";
import {
  DWELL_MAX_MS,
  FANOUT_CONCURRENCY,
  PAGE_EFFECT_MS,
  TRAINING_AHEAD,
  TRAINING_PAGE,
  TRAINING_REPLIES_MAX,
} from "../../feed/limits.ts";
import {
  type Did,
  type LoggedItem,
  type LogLine,
  logLineText,
  parseLogLine,
} from "../../feed/rank/training-log.ts";
import type { Deps } from "../deps.ts";

/** Lines of the log, and the position after them; null at its end. */
export interface LogPart {
  items: string[];
  next: string | null;
}

/** Reads a part of the log. @param beforeMs leaves out pages that were served later, in milliseconds since 1970 */
export async function readLog(
  deps: Deps,
  after: Pick<ServedPage, "viewer" | "id"> | null,
  beforeMs: number,
): Promise<LogPart> {
  const limit = TRAINING_PAGE + TRAINING_AHEAD;
  const pages = await deps.training.pages(after, idFloor(beforeMs), limit);
  const now = pages.slice(0, TRAINING_PAGE);
  const lines = linesOf(pages);
  const shardOf = new Map(pages.map(({ id, shard }) => [id, shard]));
  const joined = await pMap(
    now.flatMap(({ id }) => lines.get(id) ?? []),
    async (line) =>
      logLineText(await withActions(deps, line, laterOf(line, lines), shardOf.get(line.page))),
    { concurrency: FANOUT_CONCURRENCY },
  );
  const last = now.at(-1);
  const more = now.length === TRAINING_PAGE && last !== undefined;
  return { items: joined, next: more ? `${last.viewer}.${last.id}` : null };
}

/** Lines by the ids of their pages. A line that this code can't read is left out, with a warning. */
function linesOf(pages: readonly ServedPage[]): Map<Id, LogLine> {
  const lines = new Map<Id, LogLine>();
  for (const { id, line } of pages) {
    const parsed = parseLogLine(line);
    if (parsed.ok) lines.set(id, parsed.line);
    else console.warn("a line of the training log is invalid", { page: id, error: parsed.error });
  }
  return lines;
}

function laterOf({ page, viewer }: LogLine, lines: ReadonlyMap<Id, LogLine>): LogLine[] {
  return [...lines.values()].filter((line) => line.viewer.id === viewer.id && line.page > page);
}

/** Adds the viewer's actions to a line. */
async function withActions(
  deps: Deps,
  line: LogLine,
  later: readonly LogLine[],
  shard: number | undefined,
): Promise<LogLine> {
  const { page, viewer, items } = line;
  const endMs = idTimeMs(page) + PAGE_EFFECT_MS;
  const actions = await actionsOf(deps, viewer.id, line, endMs, shard);
  return {
    ...line,
    items: items.map((item) => {
      const again = later.find((other) => other.items.some(({ post }) => post === item.post));
      const untilMs = Math.min(endMs, again === undefined ? Infinity : idTimeMs(again.page));
      const own = actions.filter((action) => action.atMs < untilMs && concerns(action, item));
      return { ...item, did: didOf(own) };
    }),
  };
}

/** An action of a viewer, on a post or on an author or reposter. */
interface ActionAt {
  atMs: number;
  post: Id | null;
  person: UserId | null;
  did: Partial<Did>;
}

function concerns({ post, person }: ActionAt, item: LoggedItem): boolean {
  return post === item.post || (person !== null && (person === item.author || person === item.by));
}

/** Reads all actions of a viewer after a page, on what the page showed. */
async function actionsOf(
  deps: Deps,
  viewer: UserId,
  { page, items }: LogLine,
  endMs: number,
  shard: number | undefined,
): Promise<ActionAt[]> {
  const { reactions, relations, posts } = deps.store;
  const beganMs = idTimeMs(page);
  const end = idFloor(endMs);
  const people = [...new Set(items.flatMap(({ author, by }) => [author, by ?? author]))];
  const shown = items.map((item) => item.post);
  const queries = [{ author: viewer, below: idCeiling(endMs) }];
  const [seen, reacted, related, written] = await Promise.all([
    deps.training.impressionsOf(viewer, page, end, shard),
    reactions.reactionsOf(viewer, shown),
    relations.relations(viewer, people),
    posts.byAuthors(queries, { downTo: page, limit: TRAINING_REPLIES_MAX }),
  ]);
  const actions: ActionAt[] = [
    ...seen.flatMap((report) =>
      report.items.map(({ postId: post, dwellMs = 0, opened = false }) => {
        const did = { seen: true, dwellMs, opened };
        return { atMs: idTimeMs(report.id), post, person: null, did };
      }),
    ),
    ...reacted.map(({ kind, post, version: atMs }) => {
      const did = kind === "like" ? { liked: true } : { reposted: true };
      return { atMs, post, person: null, did };
    }),
    ...related
      .filter(({ kind, active }) => active && kind !== "blocked_by")
      .map(({ target, version: atMs }) => {
        return { atMs, post: null, person: target, did: { hidden: true } };
      }),
    ...(written.get(viewer)?.entries ?? []).flatMap(({ id, by, post }) => {
      if (by !== null || post.replyTo === null) return [];
      return [{ atMs: idTimeMs(id), post: post.replyTo.id, person: null, did: { replied: true } }];
    }),
  ];
  return actions.filter(({ atMs }) => atMs >= beganMs && atMs < endMs);
}

/** Combines actions; their times add up. */
function didOf(actions: readonly ActionAt[]): Did {
  const did = (name: Exclude<keyof Did, "dwellMs">) =>
    actions.some((action) => action.did[name] === true);
  const dwellMs = actions.reduce((sum, action) => sum + (action.did.dwellMs ?? 0), 0);
  return {
    seen: did("seen"),
    opened: did("opened"),
    liked: did("liked"),
    reposted: did("reposted"),
    replied: did("replied"),
    hidden: did("hidden"),
    dwellMs: Math.min(dwellMs, DWELL_MAX_MS),
  };
}
