import { expect, test } from "vitest";
import { AnswerCache } from "./answer.ts";

test("an answer that was asked for before a change does not take the change back", async () => {
  const cache = new AnswerCache<string>();
  const store = cache.storeFor("ben");
  let answer = (_value: string): void => {};
  const filled = cache.fill(store, () => new Promise((resolve) => (answer = resolve)));
  cache.replace(store, { value: "muted", failure: null });
  answer("not muted");
  await filled;
  expect(store.get().value).toBe("muted");
});

test("an answer that was asked for after a change replaces it", async () => {
  const cache = new AnswerCache<string>();
  const store = cache.storeFor("ben");
  cache.replace(store, { value: "muted", failure: null });
  await cache.fill(store, () => Promise.resolve("muted by the server"));
  expect(store.get().value).toBe("muted by the server");
});
