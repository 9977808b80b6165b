/** `GET /v1/timeline`, whatever the order: a page, why it is as it is, and where the next begins. */
import {
  decodeRanked,
  decodeScroll,
  encodeRanked,
  encodeScroll,
  orderOfCursor,
} from "../../feed/cursor.ts";
import type { UserId } from "../../feed/ids.ts";
import { explainAll } from "../../feed/rank/rank.ts";
import type { Timeline, Why } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { factsOfPage } from "./facts-of-page.ts";
import { latestPage } from "./latest-page.ts";
import type { Served, TimelinePage } from "./page.ts";
import { rankedPage } from "./ranked-page.ts";
import type { WarmAsk } from "./warm.ts";

/** What a request asks of its timeline. */
export interface TimelineAsk extends WarmAsk {
  /** Null for the order of the cursor, or else `ranked`. */
  order: Timeline["order"] | null;
  cursor: string | null;
  limit: number;
  explain: boolean;
}

/**
 * Reads a page. @returns null if the cursor is not one of that order
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function readTimeline(deps: Deps, ask: TimelineAsk): Promise<Timeline | null> {
  const { cursor } = ask;
  const order = ask.order ?? (cursor === null ? "ranked" : orderOfCursor(cursor));
  const page = await (order === "latest" ? latest(deps, ask) : ranked(deps, ask));
  if (page === null) return null;
  const { items, next, partial, served } = page;
  if (order === "latest" || !ask.explain) return { items, next, order, partial };
  const whys = await ask.stages.time("explain", () => whysOf(deps, ask.viewer, served));
  const explained = items.map((item, n) => ({ ...item, why: whys[n] }));
  return { items: explained, next, order, partial };
}

type Encoded = TimelinePage<string>;

async function latest(deps: Deps, { cursor, ...ask }: TimelineAsk): Promise<Encoded | null> {
  const position = cursor === null ? null : decodeScroll(cursor);
  if (cursor !== null && position === null) return null;
  const page = await latestPage(deps, { ...ask, position });
  return { ...page, next: page.next === null ? null : encodeScroll(page.next) };
}

async function ranked(deps: Deps, { cursor, ...ask }: TimelineAsk): Promise<Encoded | null> {
  const position = cursor === null ? null : decodeRanked(cursor);
  if (cursor !== null && position === null) return null;
  const page = await rankedPage(deps, { ...ask, position });
  return { ...page, next: page.next === null ? null : encodeRanked(page.next) };
}

/** Why the items of a page are where they are, as of now. */
async function whysOf(deps: Deps, viewer: UserId, served: Served): Promise<Why[]> {
  const [facts, model] = await Promise.all([
    factsOfPage(deps, viewer, served),
    deps.models.current(),
  ]);
  return explainAll(model, facts.viewer, facts.items, deps.nowMs()).map(
    ({ score, typical, groups, actions }) => ({
      score,
      model: model.name,
      typical,
      contributions: groups,
      actions,
    }),
  );
}
