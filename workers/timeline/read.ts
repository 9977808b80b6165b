/** `GET /v1/timeline`: one pipeline for both orders, select → fill → hydrate → present → log. */
import { orderOfCursor } from "../../feed/cursor.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { fill } from "./fill.ts";
import { hydrate } from "./hydrate.ts";
import { selectLatest } from "./latest.ts";
import { isPageLogged, logPage } from "./log.ts";
import type { PageRequest } from "./page.ts";
import { type ExplainedFacts, readPageFacts } from "./page-facts.ts";
import { explainPage, present } from "./present.ts";
import { selectRanked } from "./ranked.ts";

/** A page of a timeline that a client asks for. */
export interface TimelineRequest extends Omit<PageRequest, "pullUntilMs"> {
  /** Null for the order of the cursor, or else `ranked`. */
  order: Timeline["order"] | null;
  /** Whether a ranked page says why each item is where it is. */
  explain: boolean;
  /** Runs work after the page is answered. */
  afterwards(work: Promise<void>): void;
}

/**
 * Reads a page. @returns null if the cursor does not continue a scroll in that order
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function readTimeline(deps: Deps, request: TimelineRequest): Promise<Timeline | null> {
  const { cursor, viewer } = request;
  const order = request.order ?? (cursor === null ? "ranked" : orderOfCursor(cursor));
  const context = { ...request, pullUntilMs: pullBudget(deps) };
  const select = order === "latest" ? selectLatest : selectRanked;
  const selected = await select(deps, context);
  if (selected === null) return null;
  const filled = await fill(deps, context, selected);
  const page = await hydrate(deps, context, selected, filled);
  let facts: Promise<ExplainedFacts> | undefined;
  const factsOnce = (): Promise<ExplainedFacts> => (facts ??= readPageFacts(deps, viewer, page));
  if (isPageLogged(deps, viewer, page)) {
    request.afterwards(logPage(deps, viewer, page, factsOnce()));
  }
  const isExplained = request.explain && order === "ranked";
  const whys = isExplained
    ? await explainPage(deps, request.stages, page.entries, factsOnce())
    : null;
  return present(viewer, page, whys);
}

/**
 * The time that one request gives pulled authors, however many reads it makes. It starts with the
 * first read of them: the time that a rebuild of the timeline takes does not count.
 */
function pullBudget(deps: Pick<Deps, "nowMs" | "config">): () => number {
  let untilMs: number | null = null;
  return () => (untilMs ??= deps.nowMs() + deps.config.PULL_BUDGET_MS);
}
