/** What a Skein stores after a while, without the training log, which is in R2 and expires. */
import type { Inputs } from "../inputs.ts";
import type { Setup } from "./rates.ts";

/** Bytes in the store, and in objects. */
export interface Stored {
  store: number;
  objects: number;
}

/** What is stored after a day, a month and a year. */
export function storedBytes(
  { workload, calibration, platform }: Inputs,
  { users }: Pick<Setup, "users">,
): Record<"day" | "month" | "year", Stored> {
  const size = (name: string) => {
    const bytes = calibration.bytes[name];
    if (bytes === undefined) throw new Error(`the calibration has no size of "${name}"`);
    return bytes;
  };
  const perDay = (name: string) => users * workload.get(name);
  const after = (days: number): Stored => {
    const posts = perDay("postsPerUserDay") * days;
    const likes = perDay("likesPerUserDay") * days;
    const graph = users * (size("account") + workload.get("followeesPerUser") * size("edge"));
    // A post that ever had a reaction has a counter, which is never emptied.
    const counters =
      Math.min(posts, likes) * Math.max(size("postCounter"), platform.limit("emptyObjectBytes"));
    return {
      store: posts * size("post") + likes * size("like") + graph,
      objects: users * size("homeTimeline") + counters,
    };
  };
  return { day: after(1), month: after(30), year: after(365) };
}
