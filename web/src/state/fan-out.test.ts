import { describe, expect, test } from "vitest";
import type { Figures } from "../../../client/src/wire.ts";
import { noSums, timeIn } from "../../../feed/metrics/figures.ts";
import { fanOutSinceStart, type FanOut } from "./fan-out.ts";
import { advance, NO_HISTORY } from "./figures-history.ts";

const BEGAN = Date.parse("2026-01-01T00:00:00.000Z");
const QUEUES = { FANOUT_0: 12, FANOUT_1: 3 };

/** The answer some seconds after the start, with so much in the sums. */
function figures(
  seconds: number,
  counters: Record<string, number>,
  times: readonly [string, number, number][] = [],
  queues: Figures["backlog"]["queues"] = QUEUES,
): Figures {
  const sums = noSums();
  for (const [key, tookMs, count] of times) timeIn(sums, key, tookMs, count);
  return {
    at: new Date(BEGAN + seconds * 1_000).toISOString(),
    regions: [
      { region: "weur", since: new Date(BEGAN).toISOString(), counters, timings: sums.timings },
    ],
    missing: [],
    backlog: { outbox: 40, deadLetters: 0, queues },
  };
}

const shown = (...answers: Figures[]): FanOut | null => answers.reduce(advance, NO_HISTORY).fanOut;

const PUSHED = { posts: 5, "deliveries:kept": 100 };
const PUSH_TIMES: [string, number, number][] = [
  ["queue_wait:skein-fanout-0", 10, 6],
  ["queue_wait:skein-fanout-1", 10, 4],
  ["queue_wait:skein-events-0", 900, 50],
  ["delivery_lag:timeline", 100, 100],
];

describe("the picture of a post's way", () => {
  test("begins with everything since the figures started", () => {
    const picture = shown(figures(100, PUSHED, PUSH_TIMES));
    expect(picture?.sinceMs).toBe(BEGAN);
    expect(picture?.author).toMatchObject({ count: 5, perSecond: 0.05, missing: "" });
    expect(picture?.pushed).toMatchObject({ count: 100, perSecond: 1 });
    expect(picture?.pushed.lag50).toBeCloseTo(100, -1);
  });

  test("counts only messages of the fan-out's queues, in all their parts", () => {
    const picture = shown(figures(100, PUSHED, PUSH_TIMES));
    expect(picture?.queues.count).toBe(10);
    expect(picture?.queues.lag99).toBeLessThan(20);
  });

  test("goes on with what the last seconds have added", () => {
    const more = { posts: 7, "deliveries:kept": 140 };
    const later: [string, number, number][] = [...PUSH_TIMES, ["delivery_lag:timeline", 1_000, 40]];
    const picture = shown(figures(100, PUSHED, PUSH_TIMES), figures(102, more, later));
    expect(picture).toMatchObject({ sinceMs: null, seconds: 2 });
    expect(picture?.author).toMatchObject({ count: 2, perSecond: 1 });
    expect(picture?.pushed).toMatchObject({ count: 40, perSecond: 20 });
    expect(picture?.pushed.lag50).toBeGreaterThan(900);
  });

  test("shows everything again while nobody posts", () => {
    const picture = shown(figures(100, PUSHED, PUSH_TIMES), figures(102, PUSHED, PUSH_TIMES));
    expect(picture?.sinceMs).toBe(BEGAN);
    expect(picture?.pushed.count).toBe(100);
  });

  test("tells pulled posts from pushed ones, with the lag at their author feed", () => {
    const counters = { posts: 3, "pulled_heads:isolate": 8, "pulled_heads:kv": 2 };
    const picture = shown(figures(100, counters, [["delivery_lag:outbox", 50, 3]]));
    expect(picture?.feeds).toMatchObject({ count: 3, missing: "" });
    expect(picture?.feeds.lag50).toBeCloseTo(50, -1);
    expect(picture?.pulled.count).toBe(10);
    expect(picture?.pushed.count).toBe(0);
  });

  test("says why a cell has no data", () => {
    const picture = fanOutSinceStart({
      ...figures(100, {}),
      atMs: BEGAN + 100_000,
    });
    for (const cell of [picture.queues, picture.pushed, picture.feeds, picture.pulled]) {
      expect(cell).toMatchObject({ count: 0, lag50: null });
      expect(cell.missing).not.toBe("");
    }
    expect(picture.sockets).toMatchObject({ count: null, lag99: null });
    expect(picture.sockets.missing).not.toBe("");
  });

  test("has what is large now, largest first, and says why a size is unknown", () => {
    const known = shown(figures(100, PUSHED));
    expect(known?.sizes.map(({ size }) => size)).toEqual([40, 12, 3, 0]);
    expect(known?.sizesMissing).toBe("");
    const unknown = shown(figures(100, PUSHED, [], { FANOUT_0: null }));
    expect(unknown?.sizes.at(-1)).toEqual({ name: "FANOUT_0", size: null });
    expect(unknown?.sizesMissing).not.toBe("");
  });
});
