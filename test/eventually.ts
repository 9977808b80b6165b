import { vi } from "vitest";

/** How long something that should be soon may take on a machine that is busy. */
export const PATIENCE_MS = 20_000;

/** Waits until a check holds. @throws what it threw last, if it never holds */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });
}
