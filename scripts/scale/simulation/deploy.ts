/**
 * A deploy in virtual time: every socket drops, and everybody who was online comes back within moments and
 * joins the live trees again. The tree of the largest author is simulated at full size: one of its leaves,
 * one inner node, and its root.
 */
import { reachOf, shapeOf } from "../../../feed/delivery/live-tree.ts";
import { randomFrom } from "../../demo/random.ts";
import type { Inputs } from "../inputs.ts";
import type { Setup } from "../model/rates.ts";
import { Clock, Server } from "./clock.ts";
import { aroundMs } from "./draws.ts";

/** How long after a deploy the last follower is in the largest author's tree again, in milliseconds. */
export function rejoinedAfterMs(inputs: Inputs, setup: Setup, seed: number): number {
  const { workload, platform } = inputs;
  const followers = Math.min(workload.get("largestAudience"), setup.users / 4);
  const online = Math.round(followers * workload.get("onlineShare"));
  const { leaves } = reachOf(followers, online);
  const { branching, levels } = shapeOf(leaves);
  const clock = new Clock();
  const random = randomFrom(seed);
  const callMs = 1_000 / platform.limit("objectWritesPerS");
  let lastMs = 0;
  /** So many callers come at random times, each after a call of its own object. */
  const node = (callers: number) => {
    const server = new Server(clock);
    for (let n = 0; n < callers; n++) {
      const atMs =
        random.next() * workload.get("reconnectMs") + aroundMs(random, workload.get("farCallMs"));
      clock.at(atMs, () => {
        lastMs = Math.max(lastMs, server.take(callMs) ?? 0);
      });
    }
  };
  node(Math.ceil(online / leaves));
  // A node joins its parent once, however many members it has.
  node(Math.min(leaves, branching));
  node(Math.ceil(leaves / branching ** (levels - 1)));
  clock.runTo(10 * 60_000);
  return Math.round(lastMs);
}
