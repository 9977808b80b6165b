import { expect, test } from "vitest";
import { parsePath, pathOf } from "./route.ts";

test("a path leads to a profile with the handle encoded or not, in any case", () => {
  const profile = { name: "profile", handle: "ada_l", tab: "posts" };
  for (const path of ["/@ada_l", "/%40ada_l", "/@Ada_L", "/@ada_l/"]) {
    expect(parsePath(path)).toEqual(profile);
  }
});

test("the address of every route leads back to the route", () => {
  const paths = [
    "/",
    "/latest",
    "/@ada",
    "/@ada/followers",
    "/@ada/following",
    "/post/1GB3Q7N8K0000000",
    "/find",
    "/muted",
    "/blocked",
    "/sessions",
    "/ops",
  ];
  for (const path of paths) expect(pathOf(parsePath(path))).toBe(path);
});

test("any other path is missing", () => {
  for (const path of ["/docs/", "/@ab", "/post/", "/post/a b", "/%", "/@ada/likes", "/latest/x"]) {
    expect(parsePath(path)).toEqual({ name: "missing" });
  }
});
