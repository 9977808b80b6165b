import { expect, it } from "vitest";
import { batchesOf, bytesInJson } from "./batches.ts";

const cut = (sizes: number[]) => [...batchesOf(sizes, { count: 3, bytes: 10 }, (size) => size)];

it("batches keep to the limits of items and of bytes, in order", () => {
  expect(cut([])).toEqual([]);
  expect(cut([1, 1, 1, 1])).toEqual([[1, 1, 1], [1]]);
  expect(cut([5, 5, 1])).toEqual([[5, 5], [1]]);
  expect(cut([1, 10, 1])).toEqual([[1], [10], [1]]);
});

it("an item that is too large for any batch is a batch of its own", () => {
  expect(cut([1, 50, 60, 2])).toEqual([[1], [50], [60], [2]]);
});

it("the JSON of a text is never longer than its estimated size", () => {
  for (const text of ["", "plain", '"quoted"\n', "é", "€", "😀", "\u0000"]) {
    const bytes = new TextEncoder().encode(JSON.stringify(text)).byteLength;
    expect(bytesInJson(text)).toBeGreaterThanOrEqual(bytes);
  }
});
