import { expect, it } from "vitest";
import * as limits from "./limits.ts";

it("every limit is a positive whole number with its unit at the end of its name", () => {
  for (const [name, value] of Object.entries(limits)) {
    expect(Number.isSafeInteger(value) && value > 0, name).toBe(true);
    expect(name).toMatch(/^[A-Z][A-Z_]+$/);
  }
});

it("the retries of a job end before the queue drops its message", () => {
  const { JOB_ATTEMPTS_MAX, JOB_RETRY_MAX_S, TOMBSTONE_TTL_MS } = limits;
  expect(JOB_ATTEMPTS_MAX * JOB_RETRY_MAX_S * 1000).toBeLessThan(TOMBSTONE_TTL_MS);
});
