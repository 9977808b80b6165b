/** When operations begin. Arrivals do not wait for answers: a slow Skein gets no fewer requests. */
import type { Random } from "../demo/random.ts";
import { exponential } from "../rank/simulator/draws.ts";

/** Times of a Poisson process, in milliseconds from its start: `perSecond` on average, for `seconds`. */
export function poisson(perSecond: number, seconds: number, random: Random): number[] {
  const times: number[] = [];
  for (let atMs = 0; ;) {
    // The gaps of independent arrivals are exponentially distributed.
    atMs += exponential(random, 1000 / perSecond);
    if (atMs >= seconds * 1000) return times;
    times.push(atMs);
  }
}

/** Calls `begin` for each time, at that time, in order. It waits for no answer. */
export async function atTheirTimes<T extends { atMs: number }>(
  arrivals: readonly T[],
  begin: (arrival: T, dueMs: number) => void,
  stopped: () => boolean,
): Promise<void> {
  const startMs = performance.now();
  for (const arrival of arrivals) {
    const dueMs = startMs + arrival.atMs;
    const waitMs = dueMs - performance.now();
    // Timers have steps of a millisecond; what is due already begins at once.
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (stopped()) return;
    begin(arrival, dueMs);
  }
}
