import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handleSchema, nameSchema, textSchema } from "./wire-text.ts";

/** Characters that show nothing by themselves. */
const UNSEEN = [
  0x200b, 0x2060, 0x200c, 0x200d, 0x3164, 0x115f, 0x2800, 0x00ad, 0x034f, 0x180e, 0xfe0f, 0x200e,
  0x061c, 0x1160, 0xffa0, 0xfeff, 0xe0041, 0xe0100, 0x20, 0x3000, 0x0a, 0x1d159, 0x16fe4, 0xfffc,
  0xfffe, 0xfdd0,
].map((code) => String.fromCodePoint(code));

describe("a text", () => {
  it.each(UNSEEN)("is refused if it is only %j", (unseen) => {
    for (const schema of [textSchema, nameSchema]) {
      // White space alone is trimmed to an empty text, which the length limits refuse.
      const parsed = schema.safeParse(`${unseen}\u200b`);
      expect(parsed.success).toBe(false);
    }
  });

  it("is refused for any mix of characters that show nothing", () => {
    const mix = fc.array(fc.constantFrom(...UNSEEN), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(mix, (parts) => {
        const text = parts.join("");
        expect(textSchema.safeParse(text).data?.trim() ?? "").toBe("");
        expect(textSchema.safeParse(`${text}é`).success).toBe(true);
      }),
    );
  });

  it.each(["👨\u200d👩\u200d👧", "❤\ufe0f", "\u0646\u200c\u06cc", "🏴\u{e0067}\u{e007f}"])(
    "keeps characters that show nothing beside visible ones: %s",
    (text) => {
      expect(textSchema.parse(text)).toBe(text);
    },
  );
});

it.each(["\u212Aelvin", "\uFF21da", "ada\u0301"])("the handle %j is refused", (handle) => {
  expect(handleSchema.safeParse(handle).success).toBe(false);
});
