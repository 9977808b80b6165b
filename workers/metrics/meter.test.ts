/** An isolate's meter with aggregators that are slow, down, or neither. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Meter } from "./meter.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe("an isolate's meter", () => {
  it("sends its sums once a second, however many requests it counts", async () => {
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
        void meter.flushWhenDue();
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

  it("keeps its sums while the aggregator fails, and does not wait for one that hangs", async () => {
    const received: number[] = [];
    let answer: () => Promise<number> = () => Promise.reject(new Error("down"));
    const meter = new Meter(
      async (_, more) => {
        const pauseMs = await answer();
        received.push(more.counters["posts"] ?? 0);
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
    expect(received).toEqual([3]);
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
    expect(received).toEqual([3, 1]);
  });
});
