/** `GET /v1/timeline`, whatever the order: a page, why it is as it is, and where the next begins. */
import {
  decodeRanked,
  decodeScroll,
  encodeRanked,
  encodeScroll,
  orderOfCursor,
} from "../../feed/cursor.ts";
import type { Model } from "../../feed/rank/model.ts";
import { explainAll } from "../../feed/rank/rank.ts";
import type { Timeline, Why } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { ObjectUnavailable } from "../objects.ts";
import { isPageLogged, logPage } from "./training-log.ts";
import { type FactsOfPage, factsOfPage } from "./facts-of-page.ts";
import { latestPage } from "./latest-page.ts";
import type { TimelinePage } from "./page.ts";
import { rankedPage } from "./ranked-page.ts";
import { pullBudget, type ReadContext } from "./recent-source.ts";

/** What a request asks of its timeline. */
export interface TimelineRequest extends Omit<ReadContext, "pullUntilMs"> {
  /** Null for the order of the cursor, or else `ranked`. */
  order: Timeline["order"] | null;
  cursor: string | null;
  limit: number;
  explain: boolean;
  /** Has something done once the page is answered. */
  afterwards(work: Promise<void>): void;
}

/**
 * Reads a page. @returns null if the cursor is not one of that order
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function readTimeline(deps: Deps, ask: TimelineRequest): Promise<Timeline | null> {
  const { cursor } = ask;
  const order = ask.order ?? (cursor === null ? "ranked" : orderOfCursor(cursor));
  const budgeted = { ...ask, pullUntilMs: pullBudget(deps) };
  const page = await (order === "latest" ? latest(deps, budgeted) : ranked(deps, budgeted));
  if (page === null) return null;
  const { items, next, partial, served } = page;
  const { viewer } = ask;
  const isLogged = isPageLogged(deps, viewer, served);
  const isExplained = ask.explain && order === "ranked";
  if (!isLogged && !isExplained) return { items, next, order, partial };
  const facts = factsOfPage(deps, viewer, served);
  if (isLogged) ask.afterwards(logPage(deps, { viewer, order, served, facts }));
  const whys = isExplained ? await explained(deps, ask, facts) : null;
  if (whys === null) return { items, next, order, partial };
  return { items: items.map((item, n) => ({ ...item, why: whys[n] })), next, order, partial };
}

/** Why the items of a page are where they are; null if that can't be known now: a page goes on. */
async function explained(
  deps: Deps,
  { stages }: TimelineRequest,
  asked: Promise<FactsOfPage>,
): Promise<Why[] | null> {
  try {
    const [facts, model] = await stages.time("facts", () =>
      Promise.all([asked, deps.models.current()]),
    );
    return await stages.time("explain", () => Promise.resolve(whysOf(model, facts, deps.nowMs())));
  } catch (error) {
    if (!(error instanceof ObjectUnavailable)) throw error;
    console.warn("a page does not explain itself", String(error));
    return null;
  }
}

type Budgeted = TimelineRequest & ReadContext;
type Encoded = TimelinePage<string>;

async function latest(deps: Deps, { cursor, ...ask }: Budgeted): Promise<Encoded | null> {
  const position = cursor === null ? null : decodeScroll(cursor);
  if (cursor !== null && position === null) return null;
  const page = await latestPage(deps, { ...ask, position });
  return { ...page, next: page.next === null ? null : encodeScroll(page.next) };
}

async function ranked(deps: Deps, { cursor, ...ask }: Budgeted): Promise<Encoded | null> {
  const position = cursor === null ? null : decodeRanked(cursor);
  if (cursor !== null && position === null) return null;
  const page = await rankedPage(deps, { ...ask, position });
  return { ...page, next: page.next === null ? null : encodeRanked(page.next) };
}

/** Why the items of a page are where they are, as of now. */
function whysOf(model: Model, { viewer, items }: FactsOfPage, nowMs: number): Why[] {
  return explainAll(model, viewer, items, nowMs).map(({ score, typical, groups, actions }) => ({
    score,
    model: model.name,
    typical,
    contributions: groups,
    actions,
  }));
}
