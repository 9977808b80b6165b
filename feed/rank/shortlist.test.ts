import { expect, it } from "vitest";
import { idAt, idsOf, postsOf, repost } from "../../test/entries.ts";
import { entryAuthor } from "../timeline/entry.ts";
import { makeId } from "../ids.ts";
import { viewerFactsSchema } from "./facts.ts";
import { shortlist } from "./shortlist.ts";

const viewer = viewerFactsSchema.parse({ id: makeId(1, 0, 0) });
const [busy, calm, rare] = [makeId(2, 1, 0), makeId(3, 2, 0), makeId(4, 3, 0)];
// The busy author has written all new posts.
const entries = [...postsOf(rare, 2), ...postsOf(calm, 4, 10), ...postsOf(busy, 50, 100)];
const nowMs = 1_000;
const unseen = () => null;

it("a shortlist limits the author with the most posts while others have posts left", () => {
  const found = shortlist(viewer, entries, unseen, { max: 11, each: 5, nowMs });
  const counts = [busy, calm, rare].map(
    (author) => found.filter((entry) => entryAuthor(entry) === author).length,
  );
  expect(counts).toEqual([5, 4, 2]);
});

it("a shortlist has more of one author if there is room, and each entry once", () => {
  const found = shortlist(viewer, entries, unseen, { max: 30, each: 5, nowMs });
  expect(found.filter((entry) => entryAuthor(entry) === busy)).toHaveLength(24);
  expect(new Set(idsOf(found)).size).toBe(30);
});

it("a shortlist limits a reposter like an author", () => {
  const shared = Array.from({ length: 20 }, (_, n) =>
    repost(idAt(300 + n), busy, { id: idAt(200 + n), author: makeId(50 + n, 9, 0) }),
  );
  const found = shortlist(viewer, [...entries, ...shared], unseen, { max: 11, each: 5, nowMs });
  expect(found.filter((entry) => entryAuthor(entry) === busy)).toHaveLength(5);
});
