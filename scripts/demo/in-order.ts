/** Runs work in order, a bounded number at once; an item may wait for an earlier one. */

/** Gets an item, its number, and a way to wait for the result of an earlier number. */
export type Work<T, R> = (
  item: T,
  number: number,
  earlier: (number: number) => Promise<R>,
) => Promise<R>;

/**
 * Calls `work` for each item, at most `atOnce` at the same time.
 * @throws the first failure, after all running items have ended; no item starts after a failure
 */
export async function forEachInOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: Work<T, R>,
): Promise<void> {
  const begun: Promise<R>[] = [];
  const failures: unknown[] = [];
  const earlier = (number: number): Promise<R> => {
    const result = begun[number];
    if (result === undefined) throw new Error(`number ${number} has not begun`);
    return result;
  };
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const number = next++;
      const result = runOne(number);
      begun[number] = result;
      await result.catch((error: unknown) => failures.push(error));
    }
  };
  const runOne = async (number: number): Promise<R> => {
    const [item] = items.slice(number, number + 1);
    if (item === undefined) throw new Error(`there is no item ${number}`);
    return work(item, number, earlier);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}
