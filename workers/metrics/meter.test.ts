/** An isolate's meter against ledgers that are slow, down, or neither. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Meter } from "./meter.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe("an isolate's figures", () => {
  it("are handed over in one call a second, however many requests they have", async () => {
    let nowMs = 0;
    const calls: number[] = [];
    const meter = new Meter(
      (_, more) => {
        calls.push(more.counters["posts"] ?? 0);
        return Promise.resolve(1_000);
      },
      () => nowMs,
    );
    vi.useFakeTimers();
    try {
      for (; nowMs < 10_000; nowMs += 10) {
        meter.count("posts", null);
        void meter.settle();
        await vi.advanceTimersByTimeAsync(10);
      }
      nowMs += 1_000;
      await vi.advanceTimersByTimeAsync(1_000);
    } finally {
      vi.useRealTimers();
    }
    expect(calls.length).toBeLessThanOrEqual(12);
    expect(calls.length).toBeGreaterThanOrEqual(9);
    expect(calls.reduce((sum, n) => sum + n, 0)).toBe(1_000);
  });

  it("survive a ledger that fails, and one that hangs holds up nobody", async () => {
    const taken: number[] = [];
    let answer: () => Promise<number> = () => Promise.reject(new Error("down"));
    const meter = new Meter(
      async (_, more) => {
        const pauseMs = await answer();
        taken.push(more.counters["posts"] ?? 0);
        return pauseMs;
      },
      () => 0,
    );
    for (let n = 0; n < 3; n++) {
      meter.count("posts", null);
      await meter.flush();
    }
    answer = () => Promise.resolve(1_000);
    await meter.flush();
    expect(taken).toEqual([3]);
    vi.useFakeTimers();
    try {
      answer = () => new Promise(() => undefined);
      meter.count("posts", null);
      const hanging = meter.flush();
      await vi.advanceTimersByTimeAsync(60_000);
      await hanging;
    } finally {
      vi.useRealTimers();
    }
    answer = () => Promise.resolve(1_000);
    await meter.flush();
    expect(taken).toEqual([3, 1]);
  });
});
