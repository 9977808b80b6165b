/** A repeatable source of randomness: fast-check's generator, one number at a time. */
import fc from "fast-check";

const RANGE = 0x1_0000_0000;

export class Chance {
  readonly #numbers: Iterator<number>;

  /** @param seed a whole number; the same seed gives the same draws */
  constructor(seed: number) {
    const numbers = fc.infiniteStream(fc.noBias(fc.nat({ max: RANGE - 1 })), { noHistory: true });
    const [stream] = fc.sample(numbers, { seed, numRuns: 1 });
    if (stream === undefined) throw new Error("fast-check drew nothing");
    this.#numbers = stream;
  }

  /** A whole number from 0 (inclusive) to `bound` (exclusive). */
  below(bound: number): number {
    return Math.floor((this.#next() / RANGE) * bound);
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.#next() < probability * RANGE;
  }

  /** An item of a list. @throws Error if the list is empty */
  pick<T>(list: readonly T[]): T {
    const [picked] = list.slice(this.below(list.length));
    if (picked === undefined) throw new Error("picked from an empty list");
    return picked;
  }

  /** The items of a list in random order. */
  shuffle<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, at: this.#next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }

  /** A second source, whose draws do not change the draws of this one. */
  fork(): Chance {
    return new Chance(this.#next());
  }

  #next(): number {
    const next = this.#numbers.next();
    if (next.done === true) throw new Error("fast-check drew nothing more");
    return next.value;
  }
}
