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
  type RankedPosition,
  rememberShown,
} from "./cursor.ts";
import { idAfter, makeId } from "./ids.ts";
import { CURSOR_MAX_CHARS, RANK_CANDIDATES_MAX, SCROLL_REPOSTS_MAX } from "./limits.ts";

const anyId = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 44 }), fc.integer({ min: 0, max: 1023 }))
  .map(([ms, bucket]) => makeId(ms, bucket, 0));
const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const POST_LISTS = ["posts", "replies"] as const;
const NOTHING_SHOWN = { served: [], reposted: [] };
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
    const ids = (maxLength: number) => fc.uniqueArray(anyId, { maxLength });
    const half = ids(RANK_CANDIDATES_MAX / 2);
    const positions = fc.record({
      top: anyId,
      below: anyId,
      waiting: half,
      served: half,
      reposted: ids(SCROLL_REPOSTS_MAX),
      shown: fc.nat(),
    });
    fc.assert(
      fc.property(positions, (position) => {
        const cursor = encodeRanked(position);
        expect(cursor.length).toBeLessThanOrEqual(CURSOR_MAX_CHARS);
        const stands = position.below <= idAfter(position.top);
        expect(decodeRanked(cursor)).toEqual(stands ? position : null);
        expect(decodeRanked(cursor.slice(0, -1))).not.toEqual(position);
        expect(decodeRanked(`${cursor}.`)).toBeNull();
      }),
    );
  });

  it("of a ranked scroll is refused if it waits for more than is ranked, or twice for one", () => {
    const ids = Array.from({ length: RANK_CANDIDATES_MAX + 1 }, (_, n) => makeId(n + 1, 0, 0));
    const [top = ""] = ids;
    const empty = { top, below: top, waiting: [], served: [], reposted: [], shown: 0 };
    const refused: Partial<RankedPosition>[] = [
      { waiting: ids },
      { waiting: ids.slice(0, 60), served: ids.slice(60) },
      { waiting: [top, top] },
      { served: [top, top] },
      { reposted: [top, top] },
      { reposted: Array.from({ length: SCROLL_REPOSTS_MAX + 1 }, (_, n) => makeId(n + 1, 0, 0)) },
    ];
    expect(decodeRanked(encodeRanked({ ...empty, waiting: ids.slice(1) }))).not.toBeNull();
    for (const wrong of refused) {
      expect(decodeRanked(encodeRanked({ ...empty, ...wrong }))).toBeNull();
    }
  });

  it("of a ranked scroll forgets no ranked post however many reposts follow", () => {
    const ids = Array.from({ length: 400 }, (_, n) => makeId(n + 1, 0, 0));
    const ranked = ids.slice(0, RANK_CANDIDATES_MAX);
    const reposts = ids.slice(RANK_CANDIDATES_MAX);
    const below = makeId(1_000, 0, 0);
    let known = rememberShown(NOTHING_SHOWN, { ranked, reposted: [] }, below);
    for (let at = 0; at < reposts.length; at += 20) {
      known = rememberShown(known, { ranked: [], reposted: reposts.slice(at, at + 20) }, below);
    }
    expect(known).toEqual({ served: ranked, reposted: reposts.slice(-SCROLL_REPOSTS_MAX) });
    const [lowest = "", next = ""] = ids;
    expect(rememberShown(known, { ranked: [], reposted: [] }, next)).toEqual({
      served: [lowest],
      reposted: [],
    });
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
      ranked: encodeRanked({
        top: id,
        waiting: [id],
        below: id,
        served: [id],
        reposted: [id],
        shown: 3,
      }),
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
