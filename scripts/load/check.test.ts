import { expect, it } from "vitest";
import { compare } from "./check.ts";

it("names what is missing and what is there twice, and nothing else", () => {
  expect(compare(["a", "b", "c"], ["x", "c", "a", "a"])).toEqual({ missing: ["b"], twice: ["a"] });
  expect(compare(["a"], ["a", "other"])).toEqual({ missing: [], twice: [] });
});
