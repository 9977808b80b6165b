/**
 * The figures of a running Skein: counters, timings and gauges, each with at most one label. Counters and
 * timings are sums since some moment, so that those of many isolates add up, and the difference of two
 * readings is what happened between. Gauges are values of a time.
 */
import { type Gauges, setGauge } from "./gauges.ts";
import { addTo, emptyHistogram, type Histogram, note } from "./histogram.ts";
import { FIGURE_SERIES_MAX } from "../limits.ts";

/** All figures: their kind, their label and their help text. */
export const FIGURES = {
  requests: { kind: "counter", label: "status", help: "Answers of the Worker by class of status." },
  posts: { kind: "counter", label: null, help: "Accepted posts." },
  deliveries: {
    kind: "counter",
    label: "outcome",
    help: "Deliveries of changes to followers' timelines: kept, cold (dormant), or failed.",
  },
  delivery_lag: {
    kind: "timing",
    label: "to",
    help: "Time from the acceptance of a post to its delivery to a follower's timeline or a celebrity's feed.",
  },
  jobs: {
    kind: "counter",
    label: "outcome",
    help: "Jobs by outcome: done, retried, kept as dead letters (dead), or dropped (a sweep, which the next one replaces).",
  },
  queue_wait: {
    kind: "timing",
    label: "queue",
    help: "Time from the sending of a message to its consumer.",
  },
  swept: { kind: "counter", label: null, help: "Jobs that the sweep sent again." },
  pages: {
    kind: "counter",
    label: "source",
    help: "Timeline pages by depth: the hot window alone, or the store below it.",
  },
  page: { kind: "timing", label: null, help: "Time to serve a timeline page." },
  page_stage: { kind: "timing", label: "stage", help: "The same by stage." },
  rebuilds: { kind: "counter", label: null, help: "Rebuilds of cold timelines." },
  pulled_heads: {
    kind: "counter",
    label: "source",
    help: "Newest pages of celebrities by source: isolate, near (its data centre), kv, outbox (their feed), or missing.",
  },
  counts: {
    kind: "counter",
    label: "source",
    help: "Counts of posts on pages by source: kv, or the timeline's entry.",
  },
  outbox_rows: { kind: "gauge", label: "shard", help: "Accepted jobs that are not finished." },
  dead_letters: {
    kind: "gauge",
    label: "shard",
    help: "Jobs that failed for good and are kept.",
  },
} as const satisfies Record<string, Figure>;

/** A figure. */
export interface Figure {
  kind: "counter" | "timing" | "gauge";
  /** The name of its label; null if it has none. */
  label: string | null;
  help: string;
}

type NameOf<Kind> = {
  [Name in keyof typeof FIGURES]: (typeof FIGURES)[Name]["kind"] extends Kind ? Name : never;
}[keyof typeof FIGURES];

export type FigureName = keyof typeof FIGURES;
export type CounterName = NameOf<"counter">;
export type TimingName = NameOf<"timing">;
export type GaugeName = NameOf<"gauge">;

/** One figure with one value of its label, as a key: `name` or `name:label`. */
export type SeriesKey = string;

/** Sums since some moment, and the latest gauges. */
export interface Sums {
  counters: Record<SeriesKey, number>;
  timings: Record<SeriesKey, Histogram>;
  /** Absent if there are none, as in sums of versions that knew none. */
  gauges?: Gauges;
}

export function noSums(): Sums {
  return { counters: {}, timings: {} };
}

export function seriesKey(name: FigureName, label: string | null): SeriesKey {
  return label === null ? name : `${name}:${label}`;
}

/** A key's figure and label; null if this version does not know the figure. */
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

/** Adds to a counter. A new series beyond the limit is not counted. */
export function countIn(sums: Sums, key: SeriesKey, times = 1): void {
  if (times === 0 || !hasRoom(sums.counters, key)) return;
  sums.counters[key] = (sums.counters[key] ?? 0) + times;
}

/** Adds a time to a timing, with the same limit. */
export function timeIn(sums: Sums, key: SeriesKey, tookMs: number, times = 1): void {
  if (times === 0 || !hasRoom(sums.timings, key)) return;
  note((sums.timings[key] ??= emptyHistogram()), tookMs, times);
}

/** Keeps the reading of a gauge, unless a later one is known. */
export function gaugeIn(sums: Sums, key: SeriesKey, value: number, atMs: number): void {
  setGauge((sums.gauges ??= {}), key, { value, atMs });
}

function hasRoom(series: Record<SeriesKey, unknown>, key: SeriesKey): boolean {
  return Object.hasOwn(series, key) || Object.keys(series).length < FIGURE_SERIES_MAX;
}

/** Adds other sums, and keeps the later reading of each gauge. */
export function addSums(sums: Sums, more: Sums): void {
  for (const [key, times] of Object.entries(more.counters)) countIn(sums, key, times);
  for (const [key, histogram] of Object.entries(more.timings)) {
    if (hasRoom(sums.timings, key)) addTo((sums.timings[key] ??= emptyHistogram()), histogram);
  }
  for (const [key, { value, atMs }] of Object.entries(more.gauges ?? {})) {
    gaugeIn(sums, key, value, atMs);
  }
}

/** The difference of two states of the same sums, without unchanged series and without gauges. */
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

/** Whether nothing was counted, timed or read. */
export function isNothing(sums: Sums): boolean {
  return (
    Object.values(sums.counters).every((times) => times === 0) &&
    Object.values(sums.timings).every(({ count }) => count === 0) &&
    Object.keys(sums.gauges ?? {}).length === 0
  );
}
