import { expect, it, vi } from "vitest";
import { TimeoutError, within } from "./within.ts";

const never = new Promise<number>(() => undefined);

it("work in time gives its value, and its own error if it fails", async () => {
  vi.useFakeTimers();
  expect(await within(Promise.resolve(7), { milliseconds: 5 })).toBe(7);
  const error = new RangeError("its own");
  await expect(within(Promise.reject(error), { milliseconds: 5 })).rejects.toBe(error);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it("work that takes too long fails with a TimeoutError, and its later failure is not unhandled", async () => {
  await expect(within(never, { milliseconds: 1 })).rejects.toThrow(TimeoutError);
  const { promise, reject } = Promise.withResolvers<number>();
  await expect(within(promise, { milliseconds: 1 })).rejects.toThrow("more than 1 ms");
  reject(new Error("too late"));
  await new Promise((resolve) => setTimeout(resolve, 1));
});
