/**
 * The figures of a running Skein: what is counted and what is timed, each with at most one label. Sums
 * since some moment, so that those of many isolates add up, and the difference of two says what
 * happened in between.
 */
import { addTo, emptyHistogram, type Histogram, note } from "./histogram.ts";
import { FIGURE_SERIES_MAX } from "../limits.ts";

/** Everything that is counted or timed: what it says, and what its label tells apart. */
export const FIGURES = {
  requests: { kind: "counter", label: "status", help: "Answers of the Worker by class of status." },
  posts: { kind: "counter", label: null, help: "Posts that were accepted." },
  deliveries: {
    kind: "counter",
    label: "outcome",
    help: "Changes that fan-out took to followers' timelines: kept, cold (dormant), or failed.",
  },
  delivery_lag: {
    kind: "timing",
    label: "to",
    help: "From a post's acceptance until it is in a follower's timeline, or a celebrity's outbox.",
  },
  jobs: {
    kind: "counter",
    label: "outcome",
    help: "Jobs that were tried: done, retried, or kept as dead letters.",
  },
  queue_wait: {
    kind: "timing",
    label: "queue",
    help: "From a message's sending until a consumer had it.",
  },
  swept: { kind: "counter", label: null, help: "Jobs that the sweep sent again." },
  pages: {
    kind: "counter",
    label: "source",
    help: "Timeline pages by how deep they went: hot window alone, or the store below it.",
  },
  page: { kind: "timing", label: null, help: "Time to make a timeline page." },
  page_stage: { kind: "timing", label: "stage", help: "The same by stage." },
  rebuilds: { kind: "counter", label: null, help: "Cold timelines that were filled." },
  pulled_heads: {
    kind: "counter",
    label: "source",
    help: "Newest pages of celebrities by where they were: isolate, kv, outbox, or missing.",
  },
  counts: {
    kind: "counter",
    label: "source",
    help: "Counts of posts on pages by where they were: kv, or only as of the entry.",
  },
} as const satisfies Record<string, Figure>;

/** What a figure says. */
export interface Figure {
  kind: "counter" | "timing";
  /** What its label tells apart; null if it has none. */
  label: string | null;
  help: string;
}

type NameOf<Kind> = {
  [Name in keyof typeof FIGURES]: (typeof FIGURES)[Name]["kind"] extends Kind ? Name : never;
}[keyof typeof FIGURES];

export type FigureName = keyof typeof FIGURES;
export type CounterName = NameOf<"counter">;
export type TimingName = NameOf<"timing">;

/** One figure with one value of its label, as a key: `name` or `name:label`. */
export type SeriesKey = string;

/** Sums since some moment. */
export interface Sums {
  counters: Record<SeriesKey, number>;
  timings: Record<SeriesKey, Histogram>;
}

export function noSums(): Sums {
  return { counters: {}, timings: {} };
}

export function seriesKey(name: FigureName, label: string | null): SeriesKey {
  return label === null ? name : `${name}:${label}`;
}

/** A key's figure and label; null if it is none that this version knows. */
export function readKey(key: SeriesKey): { name: FigureName; label: string | null } | null {
  const at = key.indexOf(":");
  const name = at === -1 ? key : key.slice(0, at);
  if (!isFigure(name)) return null;
  const label = at === -1 ? null : key.slice(at + 1);
  return (FIGURES[name].label === null) === (label === null) ? { name, label } : null;
}

function isFigure(name: string): name is FigureName {
  return Object.hasOwn(FIGURES, name);
}

/** Counts. A new series beyond the most that are kept is not counted. */
export function countIn(sums: Sums, key: SeriesKey, times = 1): void {
  if (times === 0 || !hasRoom(sums.counters, key)) return;
  sums.counters[key] = (sums.counters[key] ?? 0) + times;
}

/** Notes a time, with the same bound. */
export function timeIn(sums: Sums, key: SeriesKey, tookMs: number, times = 1): void {
  if (times === 0 || !hasRoom(sums.timings, key)) return;
  note((sums.timings[key] ??= emptyHistogram()), tookMs, times);
}

function hasRoom(series: Record<SeriesKey, unknown>, key: SeriesKey): boolean {
  return Object.hasOwn(series, key) || Object.keys(series).length < FIGURE_SERIES_MAX;
}

/** Adds what others have summed. */
export function addSums(sums: Sums, more: Sums): void {
  for (const [key, times] of Object.entries(more.counters)) countIn(sums, key, times);
  for (const [key, histogram] of Object.entries(more.timings)) {
    if (hasRoom(sums.timings, key)) addTo((sums.timings[key] ??= emptyHistogram()), histogram);
  }
}

/** What has been added between two states of the same sums; what stood still is left out. */
export function increase(before: Sums, after: Sums): Sums {
  const more = noSums();
  for (const [key, times] of Object.entries(after.counters)) {
    countIn(more, key, times - (before.counters[key] ?? 0));
  }
  for (const [key, histogram] of Object.entries(after.timings)) {
    const earlier = before.timings[key] ?? emptyHistogram();
    if (histogram.count === earlier.count) continue;
    const news = (more.timings[key] = emptyHistogram());
    addTo(news, histogram);
    addTo(news, earlier, -1);
  }
  return more;
}

/** Whether nothing was counted or timed. */
export function isNothing(sums: Sums): boolean {
  return (
    Object.values(sums.counters).every((times) => times === 0) &&
    Object.values(sums.timings).every(({ count }) => count === 0)
  );
}
