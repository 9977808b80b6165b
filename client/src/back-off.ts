/** How long to wait before another attempt. */

/**
 * Drawn evenly from 0 to a ceiling that doubles ("full jitter",
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 * @param failures attempts that failed in a row, at least 1
 * @param random 0..1
 */
export function retryDelayMs(
  failures: number,
  firstMs: number,
  maxMs: number,
  random: number,
): number {
  return random * Math.min(maxMs, firstMs * 2 ** (failures - 1));
}
