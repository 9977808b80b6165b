/** Cutting lists into pieces that somebody takes at once. */

/** What is taken at once: so many things, and so many bytes of them. */
export interface BatchLimits {
  count: number;
  bytes: number;
}

/** Cuts a list by number and by bytes. One thing that is too large for any batch is one by itself. */
export function* batchesOf<T>(
  things: readonly T[],
  max: BatchLimits,
  bytesOf: (thing: T) => number,
): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const thing of things) {
    const size = bytesOf(thing);
    if (batch.length > 0 && (batch.length >= max.count || bytes + size > max.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(thing);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** At most so many bytes is a text as a string in JSON: a unit of UTF-16 is up to three in UTF-8. */
export function bytesInJson(text: string): number {
  return JSON.stringify(text).length * 3;
}
