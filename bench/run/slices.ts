/** Slices of requests. */
import type { Connection, RawRequest } from "./connection.ts";
import type { Slice } from "./rounds.ts";

/**
 * How long a slice sends requests. A shared machine takes its processors away for tenths of a second, so
 * many short rounds, of which some are spoilt as a whole, have a steadier middle than a few long ones.
 */
const SLICE_MS = 30;

/** A connection, with the requests that it sends in turn. */
export interface Sender {
  connection: Connection;
  /** Read before each slice: its token changes when it is renewed. */
  readonly request: RawRequest;
}

/**
 * Requests on all connections at once, each after the answer to the last. Rates are added by connection,
 * up to its last answer, so that it does not matter which one ends last.
 */
export function together(senders: readonly Sender[]): Slice {
  return async () => {
    const startMs = performance.now();
    const rates = await Promise.all(
      senders.map(async ({ connection, request }) => {
        let [answers, nowMs] = [0, startMs];
        while (nowMs - startMs < SLICE_MS) {
          await connection.send(request);
          answers++;
          nowMs = performance.now();
        }
        return (answers * 1000) / (nowMs - startMs);
      }),
    );
    return rates.reduce((sum, rate) => sum + rate, 0);
  };
}

/**
 * Operations one by one. What each needs before and leaves behind is no part of the time.
 * @param times how many operations a slice has
 */
export function oneByOne(
  times: number,
  operation: () => Promise<void>,
  between: () => Promise<void> = () => Promise.resolve(),
): Slice {
  return async () => {
    let tookMs = 0;
    for (let n = 0; n < times; n++) {
      const startMs = performance.now();
      await operation();
      tookMs += performance.now() - startMs;
      await between();
    }
    return (times * 1000) / tookMs;
  };
}

/** A number of requests, shared by all connections. */
export function batch(senders: readonly Sender[], requests: number): () => Promise<void> {
  return async () => {
    let left = requests;
    await Promise.all(
      senders.map(async ({ connection, request }) => {
        while (left-- > 0) await connection.send(request);
      }),
    );
  };
}
