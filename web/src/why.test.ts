import { expect, test } from "vitest";
import { readWhy } from "./why.ts";

test("contributions come in words, the largest first, whichever way it moved", () => {
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

test("what says nothing is not shown", () => {
  for (const why of [undefined, null, "high", {}, { contributions: [] }]) {
    expect(readWhy(why)).toBeNull();
  }
  expect(readWhy({ score: 1, contributions: [null, { feature: 1, value: 2 }, {}] })).toEqual({
    score: 1,
    contributions: [],
  });
});
