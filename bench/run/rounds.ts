/** Rounds of a row and its floors. */
import { middleOf, type Ratio, ratioOf } from "./ratios.ts";

/** Does something for a moment. @returns how often it was done per second */
export type Slice = () => Promise<number>;

export type FloorName = "bare" | "object" | "kv" | "fan" | "calls";

/** Something to measure, and the floors to compare it with. */
export interface Row {
  name: string;
  slice: Slice;
  floors: Partial<Record<FloorName, Slice>>;
}

/** A row's ratios to its floors. */
export interface Measured {
  name: string;
  ratios: Partial<Record<FloorName, Ratio>>;
  /** How often a second its slices did what they do: the mean of the middle half of the rounds. */
  perSecond: number;
}

/** Slices before the first round: the runtime compiles hot code, and caches fill. */
const WARM_UP_SLICES = 3;

/**
 * Measures a row. Each round has the row's slice between its floors' slices, and the next round has them
 * in the opposite order, so that none of them always comes after another.
 * @param onRound gets the number of finished rounds
 * @param before runs before each round, and is no part of it
 */
export async function measure(
  row: Row,
  rounds: number,
  onRound: (done: number) => void,
  before: () => Promise<void>,
): Promise<Measured> {
  const slices = new Map<string, Slice>([["row", row.slice], ...Object.entries(row.floors)]);
  const rates = new Map<string, number[]>([...slices.keys()].map((name) => [name, []]));
  const order = [...slices];
  for (let round = -WARM_UP_SLICES; round < rounds; round++) {
    order.reverse();
    await before();
    for (const [name, slice] of order) {
      const rate = await slice();
      if (round >= 0) rates.get(name)?.push(rate);
    }
    if (round >= 0) onRound(round + 1);
  }
  const own = rates.get("row") ?? [];
  const ratios = Object.fromEntries(
    Object.keys(row.floors).map((floor) => [floor, ratioOf(own, rates.get(floor) ?? [])]),
  );
  return { name: row.name, ratios, perSecond: middleOf(own) };
}
