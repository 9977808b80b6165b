import { expect, it } from "vitest";
import { batchesOf, bytesInJson } from "./batches.ts";

const cut = (sizes: number[]) => [...batchesOf(sizes, { count: 3, bytes: 10 }, (size) => size)];

it("batches hold no more than so many things and so many bytes, in order", () => {
  expect(cut([])).toEqual([]);
  expect(cut([1, 1, 1, 1])).toEqual([[1, 1, 1], [1]]);
  expect(cut([5, 5, 1])).toEqual([[5, 5], [1]]);
  expect(cut([1, 10, 1])).toEqual([[1], [10], [1]]);
});

it("what is too large for any batch goes by itself", () => {
  expect(cut([1, 50, 60, 2])).toEqual([[1], [50], [60], [2]]);
});

it("a text is never more bytes of JSON than it is said to be", () => {
  for (const text of ["", "plain", '"quoted"\n', "é", "€", "😀", "\u0000"]) {
    const bytes = new TextEncoder().encode(JSON.stringify(text)).byteLength;
    expect(bytesInJson(text)).toBeGreaterThanOrEqual(bytes);
  }
});
