import { expect, it, vi } from "vitest";
import { orNull } from "./or-null.ts";

it("a count is null if reading it rejects, throws or exceeds its timeout", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  expect(await orNull(() => Promise.resolve(7))).toBe(7);
  expect(await orNull(() => Promise.reject(new Error("down")))).toBeNull();
  const absent = (): Promise<number> => {
    throw new TypeError("metrics is not a function");
  };
  expect(await orNull(absent)).toBeNull();
  expect(await orNull(() => new Promise(() => undefined), 5)).toBeNull();
});
