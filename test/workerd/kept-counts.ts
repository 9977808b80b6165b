/** How long the worlds of tests keep counts: not at all, unless a test is about that. */
import type { Deps } from "../../workers/deps.ts";
import { CountsCache } from "../../workers/timeline/counts.ts";
import { DataCentre } from "../data-centre.ts";

const LEAP_MS = 1e9;

/** Has pages read counts from KV each time: the clock leaps whenever they look whether they are old. */
export function keepNoCounts(deps: Deps, env: Env): void {
  let nowMs = Date.now();
  deps.counts = countsAt(deps, env, () => (nowMs += LEAP_MS));
}

/** Has pages keep counts as the Worker does, in a data centre of their own. */
export function keepCounts(deps: Deps, env: Env): void {
  deps.counts = countsAt(deps, env, () => Date.now());
}

function countsAt(deps: Deps, env: Env, nowMs: () => number): CountsCache {
  const place = { near: new DataCentre(), nowMs, afterwards: () => undefined };
  return new CountsCache(env.COUNTS, place, deps.meter);
}
