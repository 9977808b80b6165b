import { expect, test } from "vitest";
import { forEachInOrder } from "./in-order.ts";

test("items start in order, and no more run at once than allowed", async () => {
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  await forEachInOrder([10, 20, 30, 40, 50], 2, async (item, number) => {
    begun.push(number);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    return item;
  });
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

test("an item can wait for the result of an earlier item", async () => {
  const results: number[] = [];
  await forEachInOrder<number, number>([1, 2, 3, 4], 4, async (item, number, earlier) => {
    const sum = item + (number === 0 ? 0 : await earlier(number - 1));
    results.push(sum);
    return sum;
  });
  expect(results).toEqual([1, 3, 6, 10]);
});

test("after a failure no item starts, and the failure is thrown", async () => {
  const begun: number[] = [];
  const working = forEachInOrder([0, 1, 2, 3], 1, (item) => {
    begun.push(item);
    return item === 1 ? Promise.reject(new Error("no")) : Promise.resolve(item);
  });
  await expect(working).rejects.toThrow("no");
  expect(begun).toEqual([0, 1]);
});
