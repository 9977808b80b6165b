/**
 * Names of the live socket that clients need as well, free of schemas so that a page stays small.
 */

/** The subprotocol of the live socket, and the prefix of the one that carries the token. */
export const LIVE_PROTOCOL = "skein.v1";
export const LIVE_TOKEN_PREFIX = "bearer.";
/** Close codes of the live socket beside the standard ones: the token has expired. */
export const CLOSE_TOKEN_EXPIRED = 4401;

/** Length of a text as the contract counts it: Unicode code points. */
export function codePoints(text: string): number {
  return [...text].length;
}
