/** A bound on the time that something may take. */

/** It took longer than it may. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * What `work` resolves to, if that comes in time. Most of it does, and pages and deliveries wait for some of
 * it each, so the error, with its stack, is made only when the time is over. Work that is late goes on, and
 * nobody hears of its end.
 * @throws TimeoutError
 */
export function within<T>(
  work: PromiseLike<T>,
  { milliseconds }: { milliseconds: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TimeoutError(`it took more than ${milliseconds} ms`));
    }, milliseconds);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the work has failed with
        reject(error);
      },
    );
  });
}

/** The same, with a value for what did not come in time. */
export async function withinOr<T>(
  work: PromiseLike<T>,
  bound: { milliseconds: number },
  late: T,
): Promise<T> {
  try {
    return await within(work, bound);
  } catch (error) {
    if (error instanceof TimeoutError) return late;
    throw error;
  }
}
