/**
 * The features of a timeline entry: one definition for serving, training and evaluation. Each has a
 * name, a group, a unit, a range and its source. Every value is clamped to its range, so that no odd
 * fact takes the model outside of its training data.
 */
import { type ItemFacts, kindOf, type ViewerFacts } from "./facts.ts";
import { type FeatureInputs, inputsFor } from "./feature-inputs.ts";

/** The groups of features, which explanations name. */
export const GROUPS = [
  "recency",
  "author",
  "content",
  "popularity",
  "reach",
  "seen",
  "text",
  "viewer",
] as const;
export type Group = (typeof GROUPS)[number];

/** A feature: one input of the model. */
export interface Feature {
  name: string;
  group: Group;
  unit: string;
  /** The smallest and the largest value. */
  range: readonly [number, number];
  /** Its source facts, and its value where they are missing. */
  source: string;
  of: (inputs: FeatureInputs) => number;
}

const LN_COUNT: readonly [number, number] = [0, 20];
const LN_HOURS: readonly [number, number] = [0, 15];
const LIFT: readonly [number, number] = [-6, 6];
const FLAG: readonly [number, number] = [0, 1];
const log1p = (value: number) => Math.log1p(value);
const flag = (value: boolean) => (value ? 1 : 0);
/** The lift of one rate over another: the logarithm of their quotient, 0 if they are equal. */
const lift = (rate: number, usual: number) => Math.log(rate / usual);

const RECENCY: readonly Feature[] = [
  feature("age", "recency", "ln(1 + hours)", LN_HOURS, "the entry's id", (v) => log1p(v.ageH)),
  feature("fresh1h", "recency", "halves every hour", FLAG, "the entry's id", (v) => 2 ** -v.ageH),
  feature("fresh6h", "recency", "halves every 6 hours", FLAG, "the entry's id", (v) => fresh(v, 6)),
  feature("fresh24h", "recency", "halves every day", FLAG, "the entry's id", (v) => fresh(v, 24)),
  feature("written", "recency", "ln(1 + hours)", LN_HOURS, "the post's id", (v) =>
    log1p(v.writtenH),
  ),
];

/** Lifts over the viewer's own overall rate; 0 for an author whom the viewer has not seen. */
const AUTHOR: readonly Feature[] = [
  feature("authorSeen", "author", "ln(1 + posts)", LN_COUNT, "authors[author].seen", (v) =>
    log1p(v.authorSeen),
  ),
  feature("authorLike", "author", "ln lift", LIFT, "authors[author].likes", (v) =>
    lift(v.author.like, v.usual.like),
  ),
  feature("authorRepost", "author", "ln lift", LIFT, "authors[author].reposts", (v) =>
    lift(v.author.repost, v.usual.repost),
  ),
  feature("authorReply", "author", "ln lift", LIFT, "authors[author].replies", (v) =>
    lift(v.author.reply, v.usual.reply),
  ),
  feature("authorOpen", "author", "ln lift", LIFT, "authors[author].opens", (v) =>
    lift(v.author.open, v.usual.open),
  ),
  feature("authorDwell", "author", "ln lift", LIFT, "authors[author].dwellMs", (v) =>
    lift(v.author.dwellS, v.usual.dwellS),
  ),
  feature("bringerLike", "author", "ln lift", LIFT, "authors[by].likes; 0 if no repost", (v) =>
    v.item.by === null ? 0 : lift(v.reposter.like, v.usual.like),
  ),
  feature("bringerOpen", "author", "ln lift", LIFT, "authors[by].opens; 0 if no repost", (v) =>
    v.item.by === null ? 0 : lift(v.reposter.open, v.usual.open),
  ),
];

/** The kind of content, and the viewer's lifts for it; 0 for a viewer who has seen none of the kind. */
const CONTENT: readonly Feature[] = [
  feature("reply", "content", "0 or 1", FLAG, "by and reply", (v) =>
    flag(kindOf(v.item) === "reply"),
  ),
  feature("repost", "content", "0 or 1", FLAG, "by", (v) => flag(v.item.by !== null)),
  feature("toViewer", "content", "0 or 1", FLAG, "toViewer", (v) => flag(v.item.toViewer)),
  feature("kindLike", "content", "ln lift", LIFT, "contents[kind].likes", (v) =>
    lift(v.kind.like, v.usual.like),
  ),
  feature("kindReply", "content", "ln lift", LIFT, "contents[kind].replies", (v) =>
    lift(v.kind.reply, v.usual.reply),
  ),
  feature("kindOpen", "content", "ln lift", LIFT, "contents[kind].opens", (v) =>
    lift(v.kind.open, v.usual.open),
  ),
  feature("kindDwell", "content", "ln lift", LIFT, "contents[kind].dwellMs", (v) =>
    lift(v.kind.dwellS, v.usual.dwellS),
  ),
  feature("linkOpen", "content", "ln lift", LIFT, "contents.link.opens; 0 without a link", (v) =>
    v.item.link ? lift(v.links.open, v.usual.open) : 0,
  ),
  feature("linkLike", "content", "ln lift", LIFT, "contents.link.likes; 0 without a link", (v) =>
    v.item.link ? lift(v.links.like, v.usual.like) : 0,
  ),
];

const POPULARITY: readonly Feature[] = [
  feature("likes", "popularity", "ln(1 + likes)", LN_COUNT, "counts.likes", (v) =>
    log1p(v.item.counts.likes),
  ),
  feature("reposts", "popularity", "ln(1 + reposts)", LN_COUNT, "counts.reposts", (v) =>
    log1p(v.item.counts.reposts),
  ),
  feature("replies", "popularity", "ln(1 + replies)", LN_COUNT, "counts.replies", (v) =>
    log1p(v.item.counts.replies),
  ),
  feature(
    "velocity",
    "popularity",
    "ln(1 + 1/h)",
    LN_COUNT,
    "pace; the mean over the post's life if it is unknown",
    (v) => log1p(v.lately),
  ),
  feature(
    "surge",
    "popularity",
    "ln lift of 1 + 1/h",
    LIFT,
    "pace, against the mean over the post's life; 0 if it is unknown",
    (v) => lift(v.lately + 1, v.lifelong + 1),
  ),
  feature(
    "reactionRate",
    "popularity",
    "ln(1 + reactions per 1,000 followers)",
    LN_COUNT,
    "counts and followers; 0 if followers are unknown",
    (v) => (v.item.followers === null ? 0 : log1p((1000 * v.reactions) / (v.item.followers + 100))),
  ),
];

const REACH: readonly Feature[] = [
  feature("followers", "reach", "ln(1 + accounts)", [0, 24], "followers; 0 if unknown", (v) =>
    log1p(v.item.followers ?? 0),
  ),
  feature("followersKnown", "reach", "0 or 1", FLAG, "followers", (v) =>
    flag(v.item.followers !== null),
  ),
];

const SEEN: readonly Feature[] = [
  feature("seenTimes", "seen", "ln(1 + times)", LN_COUNT, "seen.times; 0 if new", (v) =>
    log1p(v.item.seen?.times ?? 0),
  ),
  feature("seenDwell", "seen", "ln(1 + s)", LN_COUNT, "seen.dwellMs; 0 if new", (v) =>
    log1p((v.item.seen?.dwellMs ?? 0) / 1000),
  ),
  feature("seenOpened", "seen", "0 or 1", FLAG, "seen.opened; 0 if new", (v) =>
    flag(v.item.seen?.opened ?? false),
  ),
  feature("reacted", "seen", "0 or 1", FLAG, "liked and reposted", (v) =>
    flag(v.item.liked || v.item.reposted),
  ),
];

const TEXT: readonly Feature[] = [
  feature("length", "text", "of the longest allowed", FLAG, "chars", (v) => v.item.chars / 280),
  feature("link", "text", "0 or 1", FLAG, "link", (v) => flag(v.item.link)),
];

/** These are the same for every item of a page: they show how far to trust the others, and set the level. */
const VIEWER: readonly Feature[] = [
  feature("viewerSeen", "viewer", "ln(1 + posts)", LN_COUNT, "overall.seen", (v) =>
    log1p(v.viewerSeen),
  ),
  feature("viewerLike", "viewer", "ln rate", [-10, 0], "overall.likes", (v) =>
    Math.log(v.usual.like),
  ),
  feature("viewerReply", "viewer", "ln rate", [-10, 0], "overall.replies", (v) =>
    Math.log(v.usual.reply),
  ),
  feature("viewerOpen", "viewer", "ln rate", [-10, 0], "overall.opens", (v) =>
    Math.log(v.usual.open),
  ),
  feature("viewerDwell", "viewer", "ln s", [-5, 5], "overall.dwellMs", (v) =>
    Math.log(v.usual.dwellS),
  ),
];

/** All features, in the order of a row. A model names its features, and works with no other list. */
export const FEATURES: readonly Feature[] = [
  ...RECENCY,
  ...AUTHOR,
  ...CONTENT,
  ...POPULARITY,
  ...REACH,
  ...SEEN,
  ...TEXT,
  ...VIEWER,
];

/** The length of a row. */
export const FEATURE_COUNT: number = FEATURES.length;

/**
 * The features of entries for one viewer at one time, row by row (`FEATURE_COUNT` floats each). Every
 * value is finite and within its feature's range.
 */
export function featureRows(
  viewer: ViewerFacts,
  items: readonly ItemFacts[],
  nowMs: number,
): Float32Array {
  const rows = new Float32Array(items.length * FEATURE_COUNT);
  const inputsOf = inputsFor(viewer, nowMs);
  items.forEach((item, row) => {
    const inputs = inputsOf(item);
    FEATURES.forEach(({ of, range: [low, high] }, column) => {
      const value = of(inputs);
      rows[row * FEATURE_COUNT + column] = value < low ? low : value > high ? high : value;
    });
  });
  return rows;
}

function fresh(inputs: FeatureInputs, halfLifeH: number): number {
  return 2 ** (-inputs.ageH / halfLifeH);
}

function feature(
  name: string,
  group: Group,
  unit: string,
  range: readonly [number, number],
  source: string,
  of: (inputs: FeatureInputs) => number,
): Feature {
  return { name, group, unit, range, source, of };
}
