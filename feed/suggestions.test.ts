import { expect, it } from "vitest";
import { byFollowers, sampleOf } from "./suggestions.ts";

it("accounts in the most lists come first, each once, without those that are left out", () => {
  const lists = [
    ["a", "b", "me"],
    ["b", "c", "b"],
    ["c", "b", "me"],
  ];
  expect(byFollowers(lists, new Set(["me"]))).toEqual(["b", "c", "a"]);
});

it("a sample has distinct items, at most as many as there are", () => {
  const items = ["a", "b", "c", "d"];
  const drawn = sampleOf(items, 3, () => 0.99);
  expect(new Set(drawn).size).toBe(3);
  expect(sampleOf(items, 9, () => 0).toSorted()).toEqual(items);
  expect(items).toEqual(["a", "b", "c", "d"]);
});
