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
  orderOfCursor,
  type RankedPosition,
  rememberShown,
} from "./cursor.ts";
import { repost } from "../test/entries.ts";
import { idAfter, makeId } from "./ids.ts";
import { NOTHING_REPOSTED } from "./timeline/reposted.ts";
import { CURSOR_MAX_CHARS, RANK_CANDIDATES_MAX, SCROLL_REPOSTS_MAX } from "./limits.ts";

const anyId = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 44 }), fc.integer({ min: 0, max: 1023 }))
  .map(([ms, bucket]) => makeId(ms, bucket, 0));
const anyReposted = fc.record({
  posts: fc.uniqueArray(anyId, { maxLength: SCROLL_REPOSTS_MAX }),
  more: fc.boolean(),
});
const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const POST_LISTS = ["posts", "replies"] as const;
const NOTHING_SHOWN = { served: [], reposted: NOTHING_REPOSTED };
const EDGE_LISTS = ["followers", "following"] as const;

/** The lists that accept a cursor. */
function readBy(cursor: string): string[] {
  return [
    ...(decodeScroll(cursor) === null ? [] : ["latest"]),
    ...(decodeRanked(cursor) === null ? [] : ["ranked"]),
    ...POST_LISTS.filter((list) => decodeBelow(list, cursor) !== null),
    ...EDGE_LISTS.filter((list) => decodeEdge(list, cursor) !== null),
  ];
}

describe("a cursor", () => {
  it("of a scroll decodes to its position, unless the position is above the scroll's beginning", () => {
    fc.assert(
      fc.property(anyId, anyId, fc.option(fc.nat()), anyReposted, (top, below, shown, reposted) => {
        const cursor = encodeScroll({ top, below, shown, reposted });
        expect(cursor.length).toBeLessThanOrEqual(CURSOR_MAX_CHARS);
        expect(decodeScroll(cursor)).toEqual(below <= top ? { top, below, shown, reposted } : null);
      }),
    );
  });

  it("of a scroll in the old format decodes with no remembered reposts", () => {
    const id = makeId(1, 2, 3);
    const reposted = { posts: [], more: true };
    const position = { top: id, below: id, reposted };
    expect(decodeScroll(`l1.${id}.${id}`)).toEqual({ ...position, shown: null });
    expect(decodeScroll(`l1.${id}.${id}.z`)).toEqual({ ...position, shown: 35 });
    expect(orderOfCursor(`l1.${id}.${id}`)).toBe("latest");
  });

  it("of a ranked scroll decodes to its position with the whole order", () => {
    const ids = (maxLength: number) => fc.uniqueArray(anyId, { maxLength });
    const half = ids(RANK_CANDIDATES_MAX / 2);
    const positions = fc.record({
      top: anyId,
      below: anyId,
      waiting: half,
      served: half,
      reposted: anyReposted,
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

  it("of a ranked scroll is refused with too many waiting entries, or with one of them twice", () => {
    const ids = Array.from({ length: RANK_CANDIDATES_MAX + 1 }, (_, n) => makeId(n + 1, 0, 0));
    const [top = ""] = ids;
    const rest = { served: [], reposted: NOTHING_REPOSTED, shown: 0 };
    const empty = { top, below: top, waiting: [], ...rest };
    const tooMany = Array.from({ length: SCROLL_REPOSTS_MAX + 1 }, (_, n) => makeId(n + 1, 0, 0));
    const refused: Partial<RankedPosition>[] = [
      { waiting: ids },
      { waiting: ids.slice(0, 60), served: ids.slice(60) },
      { waiting: [top, top] },
      { served: [top, top] },
      { reposted: { posts: [top, top], more: false } },
      { reposted: { posts: tooMany, more: true } },
    ];
    expect(decodeRanked(encodeRanked({ ...empty, waiting: ids.slice(1) }))).not.toBeNull();
    for (const wrong of refused) {
      expect(decodeRanked(encodeRanked({ ...empty, ...wrong }))).toBeNull();
    }
  });

  it("of a ranked scroll remembers every ranked post, however many reposts follow", () => {
    const ids = Array.from({ length: 400 }, (_, n) => makeId(n + 1, 0, 0));
    const ranked = ids.slice(0, RANK_CANDIDATES_MAX);
    const reposts = ids.slice(RANK_CANDIDATES_MAX);
    const below = makeId(1_000, 0, 0);
    const shownAs = (posts: readonly string[]) =>
      posts.map((id) => repost(makeId(2_000, 0, 0), id, { id, author: id }));
    let known = rememberShown(NOTHING_SHOWN, { ranked, tail: [] }, below);
    for (let at = 0; at < reposts.length; at += 20) {
      const tail = shownAs(reposts.slice(at, at + 20));
      known = rememberShown(known, { ranked: [], tail }, below);
    }
    expect(known).toEqual({
      served: ranked,
      reposted: { posts: reposts.slice(-SCROLL_REPOSTS_MAX), more: true },
    });
    const [lowest = "", next = ""] = ids;
    expect(rememberShown(known, { ranked: [], tail: [] }, next)).toEqual({
      served: [lowest],
      reposted: { posts: [], more: true },
    });
  });

  it.each(POST_LISTS)("of %s decodes to its position", (list) => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(decodeBelow(list, encodeBelow(list, id))).toBe(id);
      }),
    );
  });

  it.each(EDGE_LISTS)("of %s decodes to its position", (list) => {
    fc.assert(
      fc.property(version, anyId, (at, user) => {
        const position = { version: at, user };
        expect(decodeEdge(list, encodeEdge(list, position))).toEqual(position);
      }),
    );
  });

  it("of one list is refused by every other", () => {
    const id = makeId(1, 2, 3);
    const reposted = { posts: [id], more: false };
    const made = {
      latest: encodeScroll({ top: id, below: id, shown: 3, reposted }),
      ranked: encodeRanked({
        top: id,
        waiting: [id],
        below: id,
        served: [id],
        reposted,
        shown: 3,
      }),
      posts: encodeBelow("posts", id),
      replies: encodeBelow("replies", id),
      followers: encodeEdge("followers", { version: 5, user: id }),
      following: encodeEdge("following", { version: 5, user: id }),
    };
    for (const [list, cursor] of Object.entries(made)) expect(readBy(cursor)).toEqual([list]);
    expect([orderOfCursor(made.latest), orderOfCursor(made.ranked)]).toEqual(["latest", "ranked"]);
  });

  it("with an invalid text is refused", () => {
    const id = makeId(1, 2, 3);
    const near = [
      `l1.${id}`,
      `l1.${id}.${id}.${id}`,
      `l1.${id}.${id}.1.${id}`,
      `l2.${id}.${id}.1`,
      `l2.${id}.${id}.1.${id}x`,
      `l2.${id}.${id}.1.--`,
      `l2.${id}.${id}.1.${id}\n${makeId(4, 5, 6)}`,
      `l1.${id}.${id}.`,
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
