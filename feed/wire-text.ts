/** People's texts in requests: handles, names and posts. */
import { z } from "zod";
import { foldHandle, HANDLE_PATTERN } from "./handle.ts";
import { BIO_MAX_CHARS } from "./limits-profiles.ts";
import { NAME_MAX_CHARS, POST_TEXT_MAX_CHARS } from "./limits.ts";
import { codePoints } from "./timeline/protocol.ts";

/** A handle; capitals in requests become lower case. */
export const handleSchema = z
  .string()
  .transform((handle) => foldHandle(handle))
  .pipe(z.string().regex(HANDLE_PATTERN, "3 to 30 of a-z, 0-9 and _"))
  .meta({ description: "3 to 30 of a-z, 0-9 and _. Capitals become small letters." });

/**
 * Characters without a glyph of their own: control characters except line feed and tab, and the
 * embeddings, overrides and isolates of bidirectional text. The latter change how a text reads, and
 * reorder the text around it. The marks that Arabic and Hebrew are typed with
 * (U+061C, U+200E, U+200F) affect only their neighbours, so they are allowed.
 */
const FORBIDDEN = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/u;
/**
 * A character that shows something: no white space, nothing that fonts ignore (joiners, fillers, variation
 * selectors, tags), no format character, no noncharacter, and none of those that are drawn as nothing: the
 * empty pattern of Braille (U+2800), the filler of Khitan, the null notehead, the object replacement.
 */
const VISIBLE =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Variation_Selector}\p{Noncharacter_Code_Point}\u2800\u{16FE4}\u{1D159}\uFFFC]/u;
/** White space that breaks a name into several lines or columns. */
const LINE_OR_TAB = /[\n\t\u2028\u2029]/u;

/**
 * Trims a text and ends its lines with a line feed. It replaces unpaired surrogates, because no
 * store keeps them.
 */
export const textSchema = z
  .string()
  .trim()
  .overwrite((text) => text.toWellFormed().replaceAll(/\r\n?/g, "\n"))
  .refine((text) => !FORBIDDEN.test(text), {
    message: "no control characters, and none that override the direction of text",
  })
  .refine((text) => text === "" || VISIBLE.test(text), {
    message: "at least one visible character",
  });

export const nameSchema = textSchema
  .refine((name) => codePoints(name) >= 1 && codePoints(name) <= NAME_MAX_CHARS, {
    message: `1 to ${NAME_MAX_CHARS} characters`,
  })
  .refine((name) => !LINE_OR_TAB.test(name), { message: "a name is a single line" })
  .meta({ description: "1 to 50 Unicode code points on one line." });

/** The text of a post. */
export const postTextSchema = textSchema
  .refine((text) => codePoints(text) >= 1 && codePoints(text) <= POST_TEXT_MAX_CHARS, {
    message: `1 to ${POST_TEXT_MAX_CHARS} characters after trimming`,
  })
  .meta({
    description:
      "1 to 280 Unicode code points after trimming. Control characters other than line feed " +
      "and tab are refused, and so are characters that override the direction of text " +
      "(U+202A to U+202E, U+2066 to U+2069).",
  });

export const bioSchema = textSchema
  .refine((bio) => codePoints(bio) <= BIO_MAX_CHARS, {
    message: `at most ${BIO_MAX_CHARS} characters`,
  })
  .meta({ description: "At most 160 Unicode code points after trimming." });
