/**
 * Figures as data points of Analytics Engine. blob1 is the figure, blob2 its label, blob3 the region;
 * the index is the figure, so that the engine samples each figure by itself. For a counter, double1 is
 * the sum since the last point. For a timing, double1 is the number of values, double2 the sum of their
 * milliseconds, and double3 to double5 their quantiles 0.5, 0.9 and 0.99. For a backlog, double1 is its
 * size.
 */
import type { Backlog } from "./backlog.ts";
import { readKey, type SeriesKey, type Sums } from "./figures.ts";
import { quantile } from "./histogram.ts";

/** The argument of `writeDataPoint`. */
export interface Point {
  indexes: [string];
  blobs: [figure: string, label: string, region: string];
  doubles: number[];
}

/** The points of a region's added sums. */
export function pointsOf(news: Sums, region: string): Point[] {
  const counters = Object.entries(news.counters).map(([key, times]) => point(key, region, [times]));
  const timings = Object.entries(news.timings).map(([key, histogram]) => {
    const quantiles = [0.5, 0.9, 0.99].map((q) => quantile(histogram, q) ?? 0);
    return point(key, region, [histogram.count, histogram.sumMs, ...quantiles]);
  });
  return [...counters, ...timings].flatMap((known) => known ?? []);
}

/** The points of the backlogs of all regions together. */
export function backlogPoints({ outbox, deadLetters, queues }: Backlog): Point[] {
  const gauge = (figure: string, label: string, value: number | null): Point[] =>
    value === null ? [] : [{ indexes: [figure], blobs: [figure, label, ""], doubles: [value] }];
  return [
    ...gauge("outbox_rows", "", outbox),
    ...gauge("dead_letters", "", deadLetters),
    ...Object.entries(queues).flatMap(([queue, n]) => gauge("queue_messages", queue, n)),
  ];
}

function point(key: SeriesKey, region: string, doubles: number[]): Point | null {
  const read = readKey(key);
  if (read === null) return null;
  return { indexes: [read.name], blobs: [read.name, read.label ?? "", region], doubles };
}
