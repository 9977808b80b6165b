/** Splits lists into batches. */

/** The limits of a batch: a number of items, and their bytes. */
export interface BatchLimits {
  count: number;
  bytes: number;
}

/** Splits a list by number and by bytes. An item that is too large is a batch of its own. */
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

/** The most bytes of a text as a JSON string: one unit of UTF-16 is up to three bytes in UTF-8. */
export function bytesInJson(text: string): number {
  return JSON.stringify(text).length * 3;
}
