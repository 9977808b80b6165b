/**
 * Why an item is where it is, in kinds of sentences: what people can check, not what the model computes.
 * Its numbers are in the explanation (`explain.ts`).
 */
import { reactionsIn } from "../timeline/entry.ts";
import { meanPerHour, perHour } from "../counts/velocity.ts";
import { idTimeMs, type UserId } from "../ids.ts";
import { type Engagement, faded, NO_ENGAGEMENT } from "./engagement.ts";
import type { Explanation } from "./explain.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import type { Adjustment } from "./placing.ts";
import type { ReasonKind } from "./reason-kinds.ts";
import { partRates, type Rates, viewerRates } from "./rates.ts";

/** A reason, and whom it is about: the author, or who has reposted. */
export interface RankReason {
  kind: ReasonKind;
  user?: UserId;
}

/** An entry is new for an hour. */
const NEW_MS = 3_600_000;
/** Actions, decayed, from which on they are a habit; and how far above the viewer's usual rate. */
const OFTEN_MIN_TIMES = 1.5;
const OFTEN_MIN_LIFT = 1.2;
/** Reactions per hour of late, and how far above the mean of the post's life, for one that rises. */
const RISING_MIN_PER_H = 3;
const RISING_MIN_LIFT = 2;
/** Reactions of a post that many like. */
const POPULAR_MIN = 10;

/** What is known about an item that is explained. */
export interface ExplainedItem {
  facts: ItemFacts;
  explanation: Explanation;
  adjustments: readonly Adjustment[];
}

/** The reasons of an item, the most telling first; at least one. */
export function reasonsOf(viewer: ViewerFacts, item: ExplainedItem, nowMs: number): RankReason[] {
  const { facts, adjustments } = item;
  const { author, by } = facts;
  const isOwn = by === null && author === viewer.id;
  if (isOwn) return [{ kind: "own" }];
  const found: RankReason[] = [];
  if (facts.toViewer) found.push({ kind: "answersYou" });
  for (const { kind, user } of adjustments) {
    if (user === undefined) continue;
    found.push({ kind: kind === "more" ? "askedMore" : "askedLess", user });
  }
  const often = habitWith(viewer, author, nowMs);
  if (often !== null) found.push({ kind: often, user: author });
  if (by !== null) found.push({ kind: "repostedBy", user: by });
  if (nowMs - idTimeMs(facts.entry) < NEW_MS) found.push({ kind: "new" });
  if (by === null && facts.reply && !facts.toViewer) found.push({ kind: "answersFollowed" });
  const popular = popularity(item, nowMs);
  if (popular !== null) found.push({ kind: popular });
  for (const { kind } of adjustments) {
    const before = BEFORE[kind];
    if (before !== undefined) found.push({ kind: before });
  }
  if (found.length === 0) found.push({ kind: "followed", user: author });
  return found;
}

const BEFORE: Partial<Record<Adjustment["kind"], ReasonKind>> = {
  answered: "answeredBefore",
  liked: "likedBefore",
  reposted: "repostedBefore",
  read: "readBefore",
  seen: "seenBefore",
};

/** What the viewer does with an author's posts more often than with others', if anything. */
function habitWith(viewer: ViewerFacts, author: UserId, nowMs: number): ReasonKind | null {
  const engagement = faded(viewer.authors[author] ?? NO_ENGAGEMENT, nowMs);
  const usual = viewerRates(faded(viewer.overall, nowMs));
  const rates = partRates(engagement, usual);
  const habits: [ReasonKind, keyof Engagement, keyof Rates][] = [
    ["oftenLiked", "likes", "like"],
    ["oftenAnswered", "replies", "reply"],
    ["oftenReposted", "reposts", "repost"],
    ["oftenRead", "opens", "open"],
  ];
  const isHabit = ([, times, rate]: (typeof habits)[number]) =>
    engagement[times] >= OFTEN_MIN_TIMES && rates[rate] >= OFTEN_MIN_LIFT * usual[rate];
  return habits.find(isHabit)?.[0] ?? null;
}

/** Whether many react to a post, if that has raised it. */
function popularity(
  { facts, explanation }: ExplainedItem,
  nowMs: number,
): "rising" | "popular" | null {
  const raised = explanation.groups.find(({ group }) => group === "popularity");
  if (raised === undefined || raised.contribution <= 0) return null;
  const reactions = reactionsIn(facts.counts);
  const lately = facts.pace === null ? 0 : perHour(facts.pace, nowMs);
  const lifelong = meanPerHour(reactions, nowMs - idTimeMs(facts.post));
  if (lately >= RISING_MIN_PER_H && lately >= RISING_MIN_LIFT * lifelong) return "rising";
  return reactions >= POPULAR_MIN ? "popular" : null;
}
