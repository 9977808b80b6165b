import { expect, it, vi } from "vitest";
import { orNull } from "./or-null.ts";

it("is null for whatever fails, at once or later, or says nothing", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  expect(await orNull(() => Promise.resolve(7))).toBe(7);
  expect(await orNull(() => Promise.reject(new Error("down")))).toBeNull();
  const absent = (): Promise<number> => {
    throw new TypeError("metrics is not a function");
  };
  expect(await orNull(absent)).toBeNull();
  expect(await orNull(() => new Promise(() => undefined), 5)).toBeNull();
});
