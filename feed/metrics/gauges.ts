/**
 * Gauges: values that are true at a time, such as how many rows a shard has. They do not add up over time:
 * of two readings of one gauge the later one counts.
 */
import { GAUGE_KEPT_MS, GAUGE_SERIES_MAX } from "../limits.ts";

/** A value, and when it was read, in milliseconds since 1970. */
export interface Gauge {
  value: number;
  atMs: number;
}

/** Gauges by the key of their series (`seriesKey` in figures.ts). */
export type Gauges = Record<string, Gauge>;

/** Keeps a reading, unless a later one is known. A new series beyond the limit is not kept. */
export function setGauge(gauges: Gauges, key: string, gauge: Gauge): void {
  const known = gauges[key];
  if (known === undefined && Object.keys(gauges).length >= GAUGE_SERIES_MAX) return;
  if (known === undefined || known.atMs <= gauge.atMs) gauges[key] = gauge;
}

/**
 * The sum of some series, each at its latest reading in any region.
 * @returns null if one of them has no reading that is younger than `GAUGE_KEPT_MS`
 */
export function sumOfGauges(
  regions: readonly Gauges[],
  keys: readonly string[],
  nowMs: number,
): number | null {
  const latest: Gauges = {};
  for (const gauges of regions) {
    for (const key of keys) {
      const gauge = gauges[key];
      if (gauge !== undefined && nowMs - gauge.atMs < GAUGE_KEPT_MS) setGauge(latest, key, gauge);
    }
  }
  const known = Object.values(latest);
  return known.length < keys.length ? null : known.reduce((sum, { value }) => sum + value, 0);
}
