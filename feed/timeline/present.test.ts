import fc from "fast-check";
import { expect, it } from "vitest";
import { idFloor, makeId } from "../ids.ts";
import { createdAt } from "./present.ts";
import { codePoints } from "./protocol.ts";

it("the time of an id is written as dates write it, whichever day came before", () => {
  const max = 8.64e12;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 9 }), (times) => {
      for (const ms of times) {
        expect(createdAt(makeId(ms, 1, 2))).toBe(new Date(ms).toISOString());
        expect(createdAt(idFloor(ms))).toBe(new Date(ms).toISOString());
      }
    }),
  );
});

it("code points are counted as iterating a text counts them, lone halves of pairs too", () => {
  const units = fc.oneof(fc.constantFrom(0xd83d, 0xde00, 0xd800, 0xdfff), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(units), (codes) => {
      const text = String.fromCharCode(...codes);
      expect(codePoints(text)).toBe([...text].length);
    }),
  );
});
