/** How much depends on what nobody knows: each unknown at both ends of its range, all else in the middle. */
import type { Inputs } from "./inputs.ts";
import { componentsOf } from "./model/components.ts";
import { pageTimes } from "./model/page-times.ts";
import { setupOf } from "./model/steps.ts";
import { simulate } from "./simulation/simulate.ts";

/** What a step of a million users does with one unknown changed. */
export interface Swept {
  name: string;
  value: number;
  p99Ms: { pushed: number | null; pulled: number | null; live: number | null; warmPage: number };
  /** The component whose utilisation changes most, and the factor. */
  moved: { component: string; times: number } | null;
}

/** The largest step at which nothing that people wait for is overloaded. */
const SWEPT_USERS = 1_000_000;

export function sweep(inputs: Inputs, shards: number | null, seed: number): Swept[] {
  const usual = utilisations(inputs, shards);
  return inputs.workload.unknowns().flatMap(({ name, low, high }) =>
    [low, high].map((value) => {
      const changed = { ...inputs, workload: inputs.workload.with({ [name]: value }) };
      const setup = setupOf(changed, SWEPT_USERS, shards);
      const { pushed, pulled, live } = simulate(changed, setup, { seed });
      const warmPage = pageTimes(changed, setup, seed).warm.p99;
      return {
        name,
        value,
        p99Ms: { pushed: pushed.p99, pulled: pulled.p99, live: live.p99, warmPage },
        moved: mostMoved(usual, utilisations(changed, shards)),
      };
    }),
  );
}

function utilisations(inputs: Inputs, shards: number | null): Map<string, number> {
  const used = componentsOf(inputs, setupOf(inputs, SWEPT_USERS, shards));
  return new Map(used.map(({ name, load, capacity }) => [name, load / capacity]));
}

function mostMoved(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Swept["moved"] {
  let most: Swept["moved"] = null;
  for (const [component, used] of after) {
    const times = used / (before.get(component) ?? used);
    const moves = (ratio: number) => Math.max(ratio, 1 / ratio);
    if (moves(times) > Math.max(1.01, moves(most?.times ?? 1))) most = { component, times };
  }
  return most === null ? null : { ...most, times: Number(most.times.toPrecision(3)) };
}
