import { expect, it } from "vitest";
import { fnv1a } from "./hash.ts";

it.each([
  ["", 0, 2166136261],
  ["a", 0, 3826002220],
  ["foobar", 0, 3214735720],
  ["ada", 0, 943263163],
  ["ada", 1, 1965014496],
  ["01HZX3J9QK7ABCDE", 2, 3152372978],
])("the hash of %j with seed %i never changes", (text, seed, hash) => {
  expect(fnv1a(text, seed)).toBe(hash);
});
