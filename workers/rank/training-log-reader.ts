/**
 * Reads the training log: each served page, joined with what its viewer did within an hour. An action
 * on a post counts for the last page that showed the post before the action; reports that no logged
 * page explains are left out. Once a viewer's key is forgotten, only what the log itself has counts.
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
  type ViewerKey,
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
  const pages = await deps.trainingLog.pages(after, idFloor(beforeMs), limit);
  const now = pages.slice(0, TRAINING_PAGE);
  const lines = linesOf(pages);
  const viewers = await deps.trainingLog.viewersOf([...new Set(now.map(({ viewer }) => viewer))]);
  const joined = await pMap(
    now.flatMap(({ id }) => lines.get(id) ?? []),
    async (line) => {
      const viewer = viewers.get(line.viewer.id) ?? null;
      return logLineText(await withActions(deps, line, laterOf(line, lines), viewer));
    },
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

/** Adds the viewer's actions to a line. @param viewer null if nobody knows any more who it is */
async function withActions(
  deps: Deps,
  line: LogLine,
  later: readonly LogLine[],
  viewer: UserId | null,
): Promise<LogLine> {
  const { page, items } = line;
  const endMs = idTimeMs(page) + PAGE_EFFECT_MS;
  const reported = await reportsOf(deps, line.viewer.id, viewer, [idTimeMs(page), endMs]);
  const others = viewer === null ? [] : await actionsOf(deps, viewer, line, endMs);
  const actions = [...reported, ...others];
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

/** What a viewer reported from one time to before another, from the log and from their timeline. */
async function reportsOf(
  deps: Deps,
  key: ViewerKey,
  viewer: UserId | null,
  [fromMs, toMs]: readonly [number, number],
): Promise<ActionAt[]> {
  const [logged, recent] = await Promise.all([
    deps.trainingLog.reportsOf(key, fromMs, toMs),
    viewer === null
      ? []
      : deps.homes.call(viewer, async (home) => await home.reportsBetween(fromMs, toMs)),
  ]);
  // The timeline keeps reports for a while after it gave them to the log.
  const reports = new Map([...logged, ...recent].map((report) => [JSON.stringify(report), report]));
  return [...reports.values()].flatMap(({ atMs, items }) =>
    items.map(({ postId: post, dwellMs = 0, opened = false }) => {
      return { atMs, post, person: null, did: { seen: true, dwellMs, opened } };
    }),
  );
}

/** Reads a viewer's other actions after a page, on what the page showed. */
async function actionsOf(
  deps: Deps,
  viewer: UserId,
  { page, items }: LogLine,
  endMs: number,
): Promise<ActionAt[]> {
  const { reactions, relations, posts } = deps.store;
  const beganMs = idTimeMs(page);
  const people = [...new Set(items.flatMap(({ author, by }) => [author, by ?? author]))];
  const shown = items.map((item) => item.post);
  const queries = [{ author: viewer, below: idCeiling(endMs) }];
  const [reacted, related, written] = await Promise.all([
    reactions.reactionsOf(viewer, shown),
    relations.relations(viewer, people),
    posts.byAuthors(queries, { downTo: page, limit: TRAINING_REPLIES_MAX }),
  ]);
  const actions: ActionAt[] = [
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
