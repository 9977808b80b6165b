import { expect, it } from "vitest";
import { ENGAGEMENT_HALF_LIFE_MS, DWELL_COUNTED_MAX_MS } from "../limits.ts";
import { engage, faded, NO_ENGAGEMENT } from "./engagement.ts";

it("deeds add up, and what was before has faded by half after two weeks", () => {
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

it("a forgotten tab counts for a minute", () => {
  const tab = engage(NO_ENGAGEMENT, { seen: 1, dwellMs: 3_600_000 }, 0);
  expect(tab.dwellMs).toBe(DWELL_COUNTED_MAX_MS);
});

it("a clock that runs behind makes nothing grow and sets no time back", () => {
  const once = engage(NO_ENGAGEMENT, { seen: 1 }, 5_000);
  expect(faded(once, 1_000)).toEqual(once);
});
