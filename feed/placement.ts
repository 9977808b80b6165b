/**
 * Where the rows of each bucket are. A place is a D1 database, a Redis database, or the objects. Every place knows
 * which buckets it holds and where others have gone, and decides; this map is what a caller has learned from places.
 */
import { BUCKETS } from "./limits.ts";

/** The name of a place: `d1:DB_2`, `upstash:1` or `objects`. */
export type PlaceName = string;

/** A kind of places. */
export type PlaceKind = "d1" | "upstash" | "objects";

/** A bucket's place, as of a version, which grows with every move of the bucket. */
export interface Located {
  bucket: number;
  place: PlaceName;
  version: number;
}

/** The name of a place of a kind, by its number. */
export function placeName(kind: PlaceKind, n: number): PlaceName {
  return kind === "objects" ? kind : kind === "d1" ? `d1:DB_${n}` : `upstash:${n}`;
}

/** The kind of a place. */
export function placeKind(place: PlaceName): PlaceKind {
  const [kind] = place.split(":");
  if (kind === "d1" || kind === "upstash" || kind === "objects") return kind;
  throw new Error(`not a place: ${place}`);
}

/** The place of a bucket among several that share all buckets evenly. @param places at least one */
export function spread(places: readonly PlaceName[], bucket: number): PlaceName {
  const place = places[bucket % places.length];
  if (place === undefined) throw new RangeError("there is no place");
  return place;
}

/**
 * The number of places over which accounts are spread evenly, as their buckets in each place show; null if they are
 * not. @param bucketsIn buckets of accounts in each place, in order of place
 */
export function spreadOf(bucketsIn: readonly (readonly number[])[]): number | null {
  for (let n = bucketsIn.length; n > 0; n--) {
    const fits = bucketsIn.every((some, place) => some.every((bucket) => bucket % n === place));
    if (fits) return n;
  }
  return null;
}

/** A caller's map of all buckets. What it has not learned, it guesses. */
export class PlacementMap {
  readonly #guess: (bucket: number) => PlaceName;
  readonly #known = new Map<number, Located>();

  constructor(guess: (bucket: number) => PlaceName) {
    this.#guess = guess;
  }

  placeOf(bucket: number): PlaceName {
    return this.#known.get(bucket)?.place ?? this.#guess(bucket);
  }

  /** Learns where buckets are. What is older than what the map has changes nothing, so the order does not matter. */
  learn(news: readonly Located[]): void {
    for (const one of news) {
      const known = this.#known.get(one.bucket);
      if (known === undefined || one.version > known.version) this.#known.set(one.bucket, one);
    }
  }
}

/**
 * The first of some moves that leave a place together.
 * @param max how many buckets, and to how many places
 */
export function firstMoves(
  moves: readonly Move[],
  max: { buckets: number; targets: number },
): Move[] {
  const targets = [...new Set(moves.map(({ to }) => to))].slice(0, max.targets);
  return moves.filter(({ to }) => targets.includes(to)).slice(0, max.buckets);
}

/** A bucket, and the place that it is to move to. */
export interface Move {
  bucket: number;
  to: PlaceName;
}

/**
 * The moves that bring buckets to places, evenly by bucket, by the place that each bucket leaves. Buckets that are
 * there already stay.
 * @param at the place of each bucket
 * @param range the first and the last bucket
 */
export function planMoves(
  at: (bucket: number) => PlaceName,
  to: readonly PlaceName[],
  [first, last]: readonly [number, number] = [0, BUCKETS - 1],
): Map<PlaceName, Move[]> {
  const moves = new Map<PlaceName, Move[]>();
  for (let bucket = first; bucket <= last; bucket++) {
    const target = spread(to, bucket);
    const from = at(bucket);
    if (target === from) continue;
    moves.set(from, [...(moves.get(from) ?? []), { bucket, to: target }]);
  }
  return moves;
}
