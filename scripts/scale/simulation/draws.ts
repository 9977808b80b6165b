/** Random quantities of the simulation. */
import type { Random } from "../../demo/random.ts";
import { exponential, normal } from "../../rank/simulator/draws.ts";

/** The time until the next of events that come at random, `perS` a second, in milliseconds. */
export function gapMs(random: Random, perS: number): number {
  return exponential(random, 1_000 / perS);
}

/** A time around a median, with a long tail: its 99th percentile is about four times the median. */
export function aroundMs(random: Random, medianMs: number): number {
  return medianMs * Math.exp(0.6 * normal(random));
}

/** A power law cut at both ends: of audiences, most are small and few are large. */
export class TruncatedPareto {
  readonly #exponent: number;
  readonly #least: number;
  readonly #most: number;

  /** Finds the exponent by which values from `least` to `most` have this mean. */
  constructor(least: number, most: number, mean: number) {
    this.#least = least;
    this.#most = most;
    let [low, high] = [0.01, 20];
    for (let n = 0; n < 100; n++) {
      const middle = (low + high) / 2;
      if (meanOf(middle, least, most) > mean) low = middle;
      else high = middle;
    }
    this.#exponent = (low + high) / 2;
  }

  get exponent(): number {
    return this.#exponent;
  }

  draw(random: Random): number {
    const a = this.#exponent;
    const share = 1 - (this.#least / this.#most) ** a;
    return this.#least / (1 - random.next() * share) ** (1 / a);
  }
}

function meanOf(a: number, least: number, most: number): number {
  const share = 1 - (least / most) ** a;
  if (Math.abs(a - 1) < 1e-9) return (least * Math.log(most / least)) / share;
  return (a * least ** a * (most ** (1 - a) - least ** (1 - a))) / ((1 - a) * share);
}
