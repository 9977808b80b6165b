/** People's texts in requests: handles, names and posts. */
import { z } from "zod";
import { HANDLE_MAX_CHARS, HANDLE_MIN_CHARS, NAME_MAX_CHARS } from "./limits.ts";
import { codePoints } from "./timeline/protocol.ts";

/** A handle in its stored form; capitals in requests become lower case. */
export const HANDLE_PATTERN = new RegExp(`^[a-z0-9_]{${HANDLE_MIN_CHARS},${HANDLE_MAX_CHARS}}$`);

export const handleSchema = z
  .string()
  .transform((handle) => handle.toLowerCase())
  .pipe(z.string().regex(HANDLE_PATTERN, "3 to 30 of a-z, 0-9 and _"))
  .meta({ description: "Unique regardless of case." });

/**
 * Characters without a glyph of their own: control characters except line feed and tab, and the
 * embeddings, overrides and isolates of bidirectional text. The latter change how a text reads, and
 * reorder the text around it. The marks that Arabic and Hebrew are typed with
 * (U+061C, U+200E, U+200F) affect only their neighbours, so they are allowed.
 */
const INVISIBLE = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/u;
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
  .refine((text) => !INVISIBLE.test(text), {
    message: "no control characters, and none that override the direction of text",
  });

export const nameSchema = textSchema
  .refine((name) => codePoints(name) >= 1 && codePoints(name) <= NAME_MAX_CHARS, {
    message: `1 to ${NAME_MAX_CHARS} characters`,
  })
  .refine((name) => !LINE_OR_TAB.test(name), { message: "a name is a single line" });
