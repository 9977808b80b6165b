import { expect, test } from "vitest";
import { AnswerCache } from "./answer.ts";

test("an answer to a read from before a change does not undo the change", async () => {
  const cache = new AnswerCache<string>();
  const store = cache.storeFor("ben");
  let answer = (_value: string): void => {};
  const filled = cache.fill(store, () => new Promise((resolve) => (answer = resolve)));
  cache.replace(store, { value: "muted", failure: null });
  answer("not muted");
  await filled;
  expect(store.get().value).toBe("muted");
});

test("an answer to a read from after a change replaces the value", async () => {
  const cache = new AnswerCache<string>();
  const store = cache.storeFor("ben");
  cache.replace(store, { value: "muted", failure: null });
  await cache.fill(store, () => Promise.resolve("muted by the server"));
  expect(store.get().value).toBe("muted by the server");
});
