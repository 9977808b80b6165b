import { expect, test } from "vitest";
import type { Post } from "../../../client/src/wire.ts";
import { itemOf, type ListItem } from "./list-reducer.ts";
import { threadsOf } from "./threads.ts";

function item(id: string, replyTo: string | null = null): ListItem {
  const author = { id: "A", handle: "ada", name: "Ada", avatarUrl: null };
  const counts = { likes: 0, reposts: 0, replies: 0 };
  const post: Post = {
    id,
    author,
    text: id,
    createdAt: "2026-01-01T00:00:00.000Z",
    replyTo,
    parent: null,
    counts,
  };
  return itemOf(post);
}

const idsOf = (items: readonly ListItem[]) =>
  threadsOf(items).map((run) => run.map(({ post }) => post.id));

test("neighbours that answer one another are one thread, what is answered first", () => {
  expect(idsOf([item("4"), item("3", "2"), item("2", "1"), item("1"), item("0")])).toEqual([
    ["4"],
    ["1", "2", "3"],
    ["0"],
  ]);
});

test("a ranked list may have the answered post above its answer", () => {
  expect(idsOf([item("1"), item("2", "1"), item("9")])).toEqual([["1", "2"], ["9"]]);
});

test("an answer whose parent is not beside it stays by itself", () => {
  expect(idsOf([item("3", "1"), item("2"), item("1")])).toEqual([["3"], ["2"], ["1"]]);
});

test("a repost is in no thread", () => {
  const by = { id: "B", handle: "ben", name: "Ben", avatarUrl: null };
  const reposted: ListItem = { ...item("2", "1"), reason: { kind: "repost", by } };
  expect(idsOf([reposted, item("1")])).toEqual([["2"], ["1"]]);
});
