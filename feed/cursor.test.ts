import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBelow,
  decodeEdge,
  decodeRanked,
  decodeScroll,
  encodeBelow,
  encodeEdge,
  encodeRanked,
  encodeScroll,
} from "./cursor.ts";
import { makeId } from "./ids.ts";
import { CURSOR_MAX_CHARS, RANK_CANDIDATES_MAX } from "./limits.ts";

const anyId = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 44 }), fc.integer({ min: 0, max: 1023 }))
  .map(([ms, bucket]) => makeId(ms, bucket, 0));
const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const POST_LISTS = ["posts", "replies"] as const;
const EDGE_LISTS = ["followers", "following"] as const;

/** The lists that take a cursor for one of theirs. */
function readBy(cursor: string): string[] {
  return [
    ...(decodeScroll(cursor) === null ? [] : ["latest"]),
    ...(decodeRanked(cursor) === null ? [] : ["ranked"]),
    ...POST_LISTS.filter((list) => decodeBelow(list, cursor) !== null),
    ...EDGE_LISTS.filter((list) => decodeEdge(list, cursor) !== null),
  ];
}

describe("a cursor", () => {
  it("of a scroll comes back as it was, unless it stands above where it began", () => {
    fc.assert(
      fc.property(anyId, anyId, fc.option(fc.nat()), (top, below, shown) => {
        const back = decodeScroll(encodeScroll({ top, below, shown }));
        expect(back).toEqual(below <= top ? { top, below, shown } : null);
      }),
    );
  });

  it("of a ranked scroll comes back with its order, whole", () => {
    const ids = fc.array(anyId, { maxLength: RANK_CANDIDATES_MAX / 2 });
    fc.assert(
      fc.property(anyId, anyId, ids, ids, fc.nat(), (top, below, waiting, served, shown) => {
        const position = { top, below, waiting, served, shown };
        const cursor = encodeRanked(position);
        expect(cursor.length).toBeLessThanOrEqual(CURSOR_MAX_CHARS);
        expect(decodeRanked(cursor)).toEqual(position);
        expect(decodeRanked(cursor.slice(0, -1))).not.toEqual(position);
        expect(decodeRanked(`${cursor}.`)).toBeNull();
      }),
    );
  });

  it.each(POST_LISTS)("of %s comes back as it was", (list) => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(decodeBelow(list, encodeBelow(list, id))).toBe(id);
      }),
    );
  });

  it.each(EDGE_LISTS)("of %s comes back as it was", (list) => {
    fc.assert(
      fc.property(version, anyId, (at, user) => {
        const position = { version: at, user };
        expect(decodeEdge(list, encodeEdge(list, position))).toEqual(position);
      }),
    );
  });

  it("of one list is refused by every other", () => {
    const id = makeId(1, 2, 3);
    const made = {
      latest: encodeScroll({ top: id, below: id, shown: 3 }),
      ranked: encodeRanked({ top: id, waiting: [id], below: id, served: [id, id], shown: 3 }),
      posts: encodeBelow("posts", id),
      replies: encodeBelow("replies", id),
      followers: encodeEdge("followers", { version: 5, user: id }),
      following: encodeEdge("following", { version: 5, user: id }),
    };
    for (const [list, cursor] of Object.entries(made)) expect(readBy(cursor)).toEqual([list]);
  });

  it("that nobody made is refused, not misread", () => {
    const id = makeId(1, 2, 3);
    const near = [
      `l1.${id}`,
      `l1.${id}.${id}.${id}`,
      `p1.`,
      `r1.${id}.${id}`,
      `f1.${id}`,
      `p1.${id}x`,
      `e1.-1.${id}`,
      "e1..",
      "",
    ];
    for (const cursor of near) expect(readBy(cursor), cursor).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(readBy(cursor)).toEqual([]);
      }),
    );
  });
});
