/** Handles: the unique names of accounts. Free of schemas, so that the page stays small. */
import { HANDLE_MAX_CHARS, HANDLE_MIN_CHARS } from "./limits.ts";

/** The pattern of a handle in its stored form. */
export const HANDLE_PATTERN = new RegExp(`^[a-z0-9_]{${HANDLE_MIN_CHARS},${HANDLE_MAX_CHARS}}$`);

/**
 * The stored form of a handle: ASCII capitals become lower case. No other letter becomes one of ASCII, as
 * the Kelvin sign (U+212A) would by `toLowerCase`.
 */
export function foldHandle(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
