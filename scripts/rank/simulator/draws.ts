/** Random distributions. */
import { type Random, randomFrom } from "../../demo/random.ts";

/** Normal with mean 0 and deviation 1 (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Exponential. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean;
}

/** A shuffled copy of a list. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A separate random source for each combination of numbers, so that one draw changes no other. */
export function randomOf(...numbers: readonly number[]): Random {
  let hash = 0x811c9dc5;
  for (const number of numbers) hash = Math.imul(hash ^ (number >>> 0), 0x01000193) ^ (hash >>> 15);
  const random = randomFrom(hash);
  // Sources with similar seeds begin alike; a few draws separate them.
  random.next();
  random.next();
  return random;
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
