import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBelow,
  decodeEdge,
  decodeScroll,
  encodeBelow,
  encodeEdge,
  encodeScroll,
} from "./cursor.ts";
import { makeId } from "./ids.ts";

const anyId = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 44 }), fc.integer({ min: 0, max: 1023 }))
  .map(([ms, bucket]) => makeId(ms, bucket, 0));
const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("a cursor", () => {
  it("of a scroll comes back as it was, unless it stands above where it began", () => {
    fc.assert(
      fc.property(anyId, anyId, (top, below) => {
        const back = decodeScroll(encodeScroll({ top, below }));
        expect(back).toEqual(below <= top ? { top, below } : null);
      }),
    );
  });

  it("of a list of posts comes back as it was", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(decodeBelow(encodeBelow(id))).toBe(id);
      }),
    );
  });

  it("of a list of edges comes back as it was", () => {
    fc.assert(
      fc.property(version, anyId, (at, user) => {
        expect(decodeEdge(encodeEdge({ version: at, user }))).toEqual({ version: at, user });
      }),
    );
  });

  it("of one list is refused by every other", () => {
    const id = makeId(1, 2, 3);
    const scroll = encodeScroll({ top: id, below: id });
    const below = encodeBelow(id);
    const edge = encodeEdge({ version: 5, user: id });
    expect([decodeBelow(scroll), decodeEdge(scroll)]).toEqual([null, null]);
    expect([decodeScroll(below), decodeEdge(below)]).toEqual([null, null]);
    expect([decodeScroll(edge), decodeBelow(edge)]).toEqual([null, null]);
  });

  it("that nobody made is refused, not misread", () => {
    const id = makeId(1, 2, 3);
    const near = [
      `l1.${id}`,
      `l1.${id}.${id}.${id}`,
      `p1.`,
      `p1.${id}x`,
      `e1.-1.${id}`,
      "e1..",
      "",
    ];
    for (const cursor of near) {
      expect([decodeScroll(cursor), decodeBelow(cursor), decodeEdge(cursor)], cursor).toEqual([
        null,
        null,
        null,
      ]);
    }
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(decodeScroll(cursor)).toBeNull();
        expect(decodeBelow(cursor)).toBeNull();
        expect(decodeEdge(cursor)).toBeNull();
      }),
    );
  });
});
