import { expect, test } from "vitest";
import { IMPRESSIONS_MAX_ITEMS } from "../../../feed/limits.ts";
import { Impressions, SEEN_MIN_MS } from "./impressions.ts";

test("a post in view for a while is an impression of that length", () => {
  const impressions = new Impressions();
  impressions.entered("A", 1_000);
  impressions.entered("A", 2_000);
  impressions.left("A", 3_500.4);
  expect(impressions.take()).toEqual([{ postId: "A", dwellMs: 2_500 }]);
  expect(impressions.take()).toEqual([]);
});

test("a post that is scrolled past quickly is no impression", () => {
  const impressions = new Impressions();
  impressions.entered("A", 1_000);
  impressions.left("A", 1_000 + SEEN_MIN_MS - 1);
  impressions.left("B", 2_000);
  expect(impressions.take()).toEqual([]);
});

test("hiding the page ends the impressions of all posts in view", () => {
  const impressions = new Impressions();
  impressions.entered("A", 0);
  impressions.entered("B", 400);
  expect(impressions.allLeft(1_000)).toEqual(["A", "B"]);
  expect(impressions.take().map(({ postId }) => postId)).toEqual(["A", "B"]);
});

test("a report holds at most a hundred impressions, and a failed one comes first in the next", () => {
  const impressions = new Impressions();
  for (let i = 0; i < IMPRESSIONS_MAX_ITEMS + 1; i++) impressions.opened(`p${i}`);
  const first = impressions.take();
  expect(first).toHaveLength(IMPRESSIONS_MAX_ITEMS);
  impressions.giveBack(first);
  expect(impressions.take()).toEqual(first);
  expect(impressions.take()).toEqual([{ postId: `p${IMPRESSIONS_MAX_ITEMS}`, opened: true }]);
});
