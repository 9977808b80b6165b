import { expect, it } from "vitest";
import { ENGAGEMENT_HALF_LIFE_MS, DWELL_COUNTED_MAX_MS } from "../limits.ts";
import { engage, faded, NO_ENGAGEMENT } from "./engagement.ts";

it("engagement adds up, and halves in two weeks", () => {
  const once = engage(NO_ENGAGEMENT, { seen: 1, likes: 1, dwellMs: 4_000 }, 1_000);
  const again = engage(once, { seen: 1, opens: 1 }, 1_000 + ENGAGEMENT_HALF_LIFE_MS);
  expect(again).toEqual({
    seen: 1.5,
    dwellMs: 2_000,
    opens: 1,
    likes: 0.5,
    reposts: 0,
    replies: 0,
    atMs: 1_000 + ENGAGEMENT_HALF_LIFE_MS,
  });
});

it("a long dwell time counts as a minute", () => {
  const tab = engage(NO_ENGAGEMENT, { seen: 1, dwellMs: 3_600_000 }, 0);
  expect(tab.dwellMs).toBe(DWELL_COUNTED_MAX_MS);
});

it("a clock that is behind changes neither the sums nor their time", () => {
  const once = engage(NO_ENGAGEMENT, { seen: 1 }, 5_000);
  expect(faded(once, 1_000)).toEqual(once);
});
