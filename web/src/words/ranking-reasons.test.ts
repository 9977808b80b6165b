import { expect, test } from "vitest";
import { readWhy } from "./ranking-reasons.ts";

test("contributions are worded, and sorted by size, whether up or down", () => {
  const contributions = [
    { group: "recency", contribution: 0.5 },
    { name: "authorAffinity", value: -2 },
    { feature: "reply_rate", value: 1 },
  ];
  expect(readWhy({ score: 1.5, contributions })).toEqual({
    score: 1.5,
    contributions: [
      { what: "author affinity", value: -2 },
      { what: "reply rate", value: 1 },
      { what: "how new it is", value: 0.5 },
    ],
  });
});

test("an unknown or empty explanation shows nothing", () => {
  for (const why of [undefined, null, "high", {}, { contributions: [] }]) {
    expect(readWhy(why)).toBeNull();
  }
  expect(readWhy({ score: 1, contributions: [null, { feature: 1, value: 2 }, {}] })).toEqual({
    score: 1,
    contributions: [],
  });
});
