import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyItem, anyViewer, hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { FIRST_STAGE_HALF_LIFE_MS } from "../limits.ts";
import { firstStageScores } from "./first-stage-ranker.ts";

const scoreOf = (changed: Parameters<typeof item>[0], by = viewer()) =>
  firstStageScores(by, [item(changed)], NOW_MS)[0] ?? Number.NaN;

describe("a first-stage score", () => {
  it("is finite and not negative, for any facts", () => {
    fc.assert(
      fc.property(anyViewer, anyItem, (by, of) => {
        const [score = Number.NaN] = firstStageScores(by, [of], NOW_MS);
        expect(Number.isFinite(score) && score >= 0, String(score)).toBe(true);
      }),
    );
  });

  it("halves every twelve hours", () => {
    const old = hoursAgo(1 + FIRST_STAGE_HALF_LIFE_MS / 3_600_000);
    expect(scoreOf({ entry: old })).toBeCloseTo(scoreOf({ entry: hoursAgo(1) }) / 2);
  });

  it("rises with the viewer's engagement with the author or with the reposter", () => {
    const engaged = { seen: 20, dwellMs: 1e5, opens: 5, likes: 9, reposts: 1, replies: 2 };
    const authors = { [personId(1)]: { ...engaged, atMs: NOW_MS } };
    const fan = viewer({ authors });
    const plain = scoreOf({ author: personId(2) }, fan);
    expect(scoreOf({ author: personId(1) }, fan)).toBeGreaterThan(2 * plain);
    expect(scoreOf({ author: personId(2), by: personId(1) }, fan)).toBeGreaterThan(2 * plain);
  });

  it("falls with each impression of the post", () => {
    const seen = (times: number) => scoreOf({ seen: { times, dwellMs: 0, opened: false } });
    expect(seen(1)).toBeCloseTo(seen(0) / 2);
    expect(seen(2)).toBeCloseTo(seen(0) / 4);
  });

  it("orders a new viewer's entries by time", () => {
    const items = [5, 1, 3].map((hours) => item({ entry: hoursAgo(hours) }));
    const [five = 0, one = 0, three = 0] = firstStageScores(viewer(), items, NOW_MS);
    expect(one > three && three > five).toBe(true);
  });
});
