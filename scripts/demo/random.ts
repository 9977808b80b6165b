/** Repeatable random numbers: the same seed makes the same world. */

/** A source of random numbers. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number from 0 (inclusive) to `bound` (exclusive). */
  below(bound: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A random element. @throws if the list is empty */
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32: 32 bits of state, and more than random enough for made-up names. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(list) {
      const item = list[below(list.length)];
      if (item === undefined) throw new Error("picked from an empty list");
      return item;
    },
  };
}
