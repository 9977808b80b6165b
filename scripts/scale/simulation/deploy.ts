/**
 * A deploy in virtual time: every socket drops, and everybody who was online comes back within moments and
 * joins a hub again. One hub is simulated at full size, with its members and the authors that it asks about.
 */
import { LIVE_CALL_TIMEOUT_MS } from "../../../feed/limits.ts";
import { randomFrom } from "../../demo/random.ts";
import type { Inputs } from "../inputs.ts";
import { hubLoad } from "../model/hubs.ts";
import { ratesOf, type Setup } from "../model/rates.ts";
import { Clock, Server } from "./clock.ts";
import { aroundMs } from "./draws.ts";

/** How long after a deploy the last member of a hub has its socket again, in milliseconds. */
export function rejoinedAfterMs(inputs: Inputs, setup: Setup, seed: number): number {
  const { workload, platform } = inputs;
  const { members, authors } = hubLoad(inputs, setup, ratesOf(workload, setup));
  const clock = new Clock();
  const random = randomFrom(seed);
  const hub = new Server(clock);
  const joinMs = 1_000 / platform.limit("objectWritesPerS");
  let lastMs = 0;
  for (let n = 0; n < members; n++) {
    const farMs = aroundMs(random, workload.get("farCallMs"));
    clock.at(random.next() * workload.get("reconnectMs") + farMs, () => {
      lastMs = Math.max(lastMs, hub.take(joinMs) ?? 0);
    });
  }
  clock.runTo(10 * 60_000);
  // The hub asks about each author once for all of its members. A socket does not wait for all answers: it opens, and
  // the page reads its timeline again.
  const askedMs = (authors * 1_000) / platform.limit("objectRequestsPerS");
  return Math.round(lastMs + Math.min(askedMs, LIVE_CALL_TIMEOUT_MS));
}
