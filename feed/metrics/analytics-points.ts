/**
 * Figures as data points of Analytics Engine. blob1 is the figure, blob2 its label, blob3 the region;
 * the index is the figure, by which the engine samples when there is too much. Of a counter, double1
 * is what was added since the last point. Of a timing, double1 is how many there were, double2 the
 * sum of their milliseconds, and double3 to double5 their quantiles 0.5, 0.9 and 0.99. Of a backlog,
 * double1 is what waits.
 */
import type { Backlog } from "./backlog.ts";
import { readKey, type SeriesKey, type Sums } from "./figures.ts";
import { quantile } from "./histogram.ts";

/** What `writeDataPoint` takes. */
export interface Point {
  indexes: [string];
  blobs: [figure: string, label: string, region: string];
  doubles: number[];
}

/** What has been added in a region. */
export function pointsOf(news: Sums, region: string): Point[] {
  const counters = Object.entries(news.counters).map(([key, times]) => point(key, region, [times]));
  const timings = Object.entries(news.timings).map(([key, histogram]) => {
    const quantiles = [0.5, 0.9, 0.99].map((q) => quantile(histogram, q) ?? 0);
    return point(key, region, [histogram.count, histogram.sumMs, ...quantiles]);
  });
  return [...counters, ...timings].flatMap((known) => known ?? []);
}

/** What waits, in all regions together. */
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
