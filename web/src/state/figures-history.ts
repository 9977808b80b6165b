/**
 * The lines that the operations page draws, from consecutive readings of the figures. Sums only grow, so
 * a rate is the difference of two readings. Each point covers some seconds, so that a p99 is one of many
 * values.
 */
import { addSums, increase, noSums, type Sums } from "../../../feed/metrics/figures.ts";
import { quantile } from "../../../feed/metrics/histogram.ts";
import type { Figures } from "../../../client/src/wire.ts";

/** The time that a point covers. */
const WINDOW_MS = 10_000;
/** Points kept: ten minutes, one every two seconds. */
export const POINTS_MAX = 300;

/** A value for each line: a rate per second, milliseconds, a share of 1, or a backlog. */
export type Values = Readonly<Record<string, number | null>>;

export interface Point {
  readonly atMs: number;
  readonly values: Values;
}

interface Reading {
  atMs: number;
  regions: Figures["regions"];
}

/** The readings that points are made from, and the points. */
export interface History {
  readonly readings: readonly Reading[];
  readonly points: readonly Point[];
}

export const NO_HISTORY: History = { readings: [], points: [] };

/** Adds a reading to the history. The first reading makes no point, because a rate takes two. */
export function advance(history: History, { at, regions, backlog }: Figures): History {
  const now: Reading = { atMs: Date.parse(at), regions };
  // A reading from an isolate whose clock is behind adds nothing.
  const last = history.readings.at(-1);
  if (last !== undefined && now.atMs <= last.atMs) return history;
  const within = history.readings.filter(({ atMs }) => now.atMs - atMs <= WINDOW_MS);
  const [before = last] = within;
  const readings = [...within, now];
  if (before === undefined) return { ...history, readings };
  const news = between(before, now);
  const values = {
    ...ratesOf(news, (now.atMs - before.atMs) / 1000),
    ...timesOf(news),
    ...sharesOf(news),
    outbox: backlog.outbox,
    queued: sumOf(Object.values(backlog.queues)),
    deadLetters: backlog.deadLetters,
  };
  const points = [...history.points, { atMs: now.atMs, values }].slice(-POINTS_MAX);
  return { readings, points };
}

/** The sums added in all regions. A restarted region counts from 0; a region that was missing does not count. */
function between(before: Reading, now: Reading): Sums {
  const news = noSums();
  for (const region of now.regions) {
    const earlier = before.regions.find((one) => one.region === region.region);
    if (earlier?.since === region.since) addSums(news, increase(earlier, region));
    else if (Date.parse(region.since) >= before.atMs) addSums(news, region);
  }
  return news;
}

function ratesOf({ counters }: Sums, seconds: number): Values {
  const rate = (key: string): number => (counters[key] ?? 0) / seconds;
  return {
    posts: rate("posts"),
    kept: rate("deliveries:kept"),
    cold: rate("deliveries:cold"),
    failed: rate("deliveries:failed"),
    pages: rate("pages:hot") + rate("pages:store"),
  };
}

function timesOf({ timings }: Sums): Values {
  const of = (key: string, q: number): number | null => {
    const histogram = timings[key];
    return histogram === undefined ? null : quantile(histogram, q);
  };
  const stages = Object.keys(timings).filter((key) => key.startsWith(STAGE));
  return {
    lag50: of("delivery_lag:timeline", 0.5),
    lag99: of("delivery_lag:timeline", 0.99),
    page50: of("page", 0.5),
    page99: of("page", 0.99),
    ...Object.fromEntries(stages.map((key) => [key, of(key, 0.99)])),
  };
}

/** Prefixes of lines: stages by name, and celebrities' pages by source. */
export const STAGE = "page_stage:";
export const HEADS = "heads:";

function sharesOf({ counters }: Sums): Values {
  const share = (name: string, labels: readonly string[], label: string): number | null => {
    const all = labels.reduce((sum, one) => sum + (counters[`${name}:${one}`] ?? 0), 0);
    return all === 0 ? null : (counters[`${name}:${label}`] ?? 0) / all;
  };
  const sources = ["isolate", "near", "kv", "outbox", "missing"];
  return {
    hot: share("pages", ["hot", "store"], "hot"),
    counts: share("counts", ["kv", "entry"], "kv"),
    ...Object.fromEntries(
      sources.map((one) => [`${HEADS}${one}`, share("pulled_heads", sources, one)]),
    ),
  };
}

/** The sum; null if one value is unknown, because the sum of the others would look complete. */
function sumOf(counts: readonly (number | null)[]): number | null {
  return counts.reduce<number | null>(
    (sum, count) => (sum === null || count === null ? null : sum + count),
    0,
  );
}

/** All stages so far, by name. */
export function stagesOf({ points }: History): string[] {
  const keys = new Set(points.flatMap(({ values }) => Object.keys(values)));
  return [...keys].filter((key) => key.startsWith(STAGE)).sort();
}
