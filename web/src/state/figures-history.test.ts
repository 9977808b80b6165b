import { describe, expect, test } from "vitest";
import type { Figures } from "../../../client/src/wire.ts";
import { advance, type History, NO_HISTORY, POINTS_MAX, stagesOf } from "./figures-history.ts";

const BEGAN = "2026-01-01T00:00:00.000Z";
const began = Date.parse(BEGAN);

function region(name: string, posts: number, since = BEGAN): Figures["regions"][number] {
  return { region: name, since, counters: { posts }, timings: {} };
}

function figures(seconds: number, regions: Figures["regions"]): Figures {
  return {
    at: new Date(began + seconds * 1_000).toISOString(),
    regions,
    missing: [],
    backlog: { outbox: 3, deadLetters: 0, queues: { FANOUT_0: 1, COUNTING_0: 4 } },
  };
}

function after(...readings: Figures[]): History {
  return readings.reduce(advance, NO_HISTORY);
}

function postRates(history: History): (number | null | undefined)[] {
  return history.points.map(({ values }) => values["posts"]);
}

describe("a rate", () => {
  test("is the sum that all regions have added, per second", () => {
    const history = after(
      figures(10, [region("weur", 100), region("apac", 7)]),
      figures(12, [region("weur", 104), region("apac", 9)]),
    );
    expect(postRates(history)).toEqual([3]);
  });

  test("covers ten seconds, and nothing before", () => {
    const readings = [0, 2, 4, 6, 8, 10, 12].map((at) =>
      figures(at, [region("weur", at === 0 ? 0 : 30)]),
    );
    // The 30 came in the first two seconds.
    expect(postRates(after(...readings))).toEqual([15, 7.5, 5, 3.75, 3, 0]);
  });

  test("is never negative, also when a region restarts or was missing", () => {
    const anew = new Date(began + 11_000).toISOString();
    const history = after(
      figures(10, [region("weur", 100)]),
      figures(12, [region("weur", 4, anew)]),
    );
    expect(postRates(history)).toEqual([2]);
    const away = after(
      figures(10, [region("weur", 100)]),
      figures(12, [region("weur", 100), region("apac", 1_000)]),
    );
    expect(postRates(away)).toEqual([0]);
  });

  test("ignores a reading that is older than the last one", () => {
    const history = after(figures(10, [region("weur", 1)]), figures(12, [region("weur", 3)]));
    expect(advance(history, figures(11, [region("weur", 2)]))).toBe(history);
  });
});

test("a backlog is the newest value, and unknown if a part of it is unknown", () => {
  const known = after(figures(10, []), figures(12, []));
  expect(known.points[0]?.values).toMatchObject({ outbox: 3, queued: 5, deadLetters: 0 });
  const backlog = { outbox: null, deadLetters: 2, queues: { FANOUT_0: 1, COUNTING_0: null } };
  const unknown = after(figures(10, []), { ...figures(12, []), backlog });
  expect(unknown.points[0]?.values).toMatchObject({ outbox: null, queued: null, deadLetters: 2 });
});

test("percentiles cover the window, and stages are listed by name", () => {
  const timed = (count: number) => ({
    ...region("weur", 0),
    timings: {
      "delivery_lag:timeline": { count, sumMs: 0, buckets: { 20: count } },
      "page_stage:store": { count, sumMs: 0, buckets: { 0: count } },
      "page_stage:home": { count, sumMs: 0, buckets: { 8: count } },
    },
  });
  const history = after(figures(10, [timed(5)]), figures(12, [timed(9)]), figures(30, [timed(9)]));
  const [first, last] = history.points;
  // Bucket 20 holds times above 2^4.75 ms and up to 2^5 ms.
  expect(first?.values["lag99"]).toBeGreaterThan(2 ** 4.75);
  expect(first?.values["lag99"]).toBeLessThan(2 ** 5);
  expect(last?.values["lag99"]).toBeNull();
  expect(stagesOf(history)).toEqual(["page_stage:home", "page_stage:store"]);
});

test("the history of a page that is open for days stays bounded", () => {
  let history = NO_HISTORY;
  for (let n = 0; n < 3 * POINTS_MAX; n++) history = advance(history, figures(2 * n, []));
  expect(history.points).toHaveLength(POINTS_MAX);
  expect(history.readings.length).toBeLessThan(10);
});
