/** Worlds whose isolate and data centre keep no counts, so that every page reads all of its keys. */
import { CountsCache } from "../../workers/timeline/counts.ts";
import { DataCentre } from "../data-centre.ts";
import type { World } from "./world.ts";

const LEAP_MS = 1e9;

/** Has a world read counts from KV each time: its clock leaps whenever it looks whether they are old. */
export function keepNoCounts(world: World): void {
  let nowMs = Date.now();
  const place = {
    near: new DataCentre(),
    nowMs: () => (nowMs += LEAP_MS),
    afterwards: () => undefined,
  };
  world.deps.counts = new CountsCache(world.env.COUNTS, place, world.deps.meter);
}
