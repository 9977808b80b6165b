/**
 * Parses JSON that the calling class wrote to its own SQLite. Nobody else writes there, so the
 * shape is trusted.
 */
export function storedJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as T;
}
