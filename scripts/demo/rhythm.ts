/** When people post: little at night, more at noon and in the evening, most on the last days. Pure and seeded. */
import type { Random } from "./random.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** How much is posted in each hour of a day, compared with the busiest. */
const BY_HOUR: readonly number[] = [
  0.25, 0.14, 0.08, 0.06, 0.06, 0.1, 0.22, 0.45, 0.6, 0.62, 0.6, 0.64, 0.78, 0.74, 0.62, 0.58, 0.62,
  0.7, 0.82, 0.92, 1, 0.98, 0.76, 0.48,
];
/** The share by which a day of the weekend is busier. */
const WEEKEND_MORE = 0.25;
/** How many times busier today is than a day some weeks ago, because a page shows the newest posts. */
const NEWEST_MORE = 5;
/** After this time the factor has fallen to about a third. */
const NEWEST_FADES_MS = 36 * HOUR_MS;

/**
 * Times between `fromMs` and `untilMs`, oldest first, in the rhythm of days and weeks on the clock of this
 * machine.
 */
export function timesBetween(
  count: number,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
  random: Random,
): number[] {
  const hours = Math.max(1, Math.ceil((untilMs - fromMs) / HOUR_MS));
  const edges = [0];
  for (let hour = 0; hour < hours; hour++) {
    edges.push((edges.at(-1) ?? 0) + busyness(fromMs + hour * HOUR_MS, untilMs));
  }
  const total = edges.at(-1) ?? 0;
  const drawn = Array.from({ length: count }, () => {
    const at = random.next() * total;
    const hour = Math.max(0, edges.findIndex((edge) => edge > at) - 1);
    return Math.floor(Math.min(untilMs, fromMs + (hour + random.next()) * HOUR_MS));
  });
  return drawn.sort((a, b) => a - b);
}

/** How much is posted in the hour that begins then. */
function busyness(atMs: number, untilMs: number): number {
  const at = new Date(atMs);
  const isWeekend = at.getDay() === 0 || at.getDay() === 6;
  const newest = 1 + (NEWEST_MORE - 1) * Math.exp(-(untilMs - atMs) / NEWEST_FADES_MS);
  const ofDay = BY_HOUR[at.getHours() % DAY_HOURS] ?? 1;
  return ofDay * (isWeekend ? 1 + WEEKEND_MORE : 1) * newest;
}

/** How long somebody takes to react: mostly minutes, sometimes many hours; the half is under `medianMs`. */
export function delayMs(medianMs: number, random: Random): number {
  const uniform = Math.min(0.999, Math.max(0.001, random.next()));
  // The quantile of a log-logistic distribution of shape 1.2, which has a long tail.
  return medianMs * (uniform / (1 - uniform)) ** (1 / 1.2);
}
