/**
 * Values of the wire contract. Their own file also holds the schemas, and with them zod, which the
 * page does without; the types make a difference between the two an error.
 */
import type * as wire from "../../feed/wire.ts";

/** The subprotocol of the live socket. */
export const LIVE_PROTOCOL: typeof wire.LIVE_PROTOCOL = "skein.v1";
/** What comes before the token in the other subprotocol that the page offers. */
export const LIVE_TOKEN_PREFIX: typeof wire.LIVE_TOKEN_PREFIX = "bearer.";
/** The live socket was closed because the token has expired. */
export const CLOSE_TOKEN_EXPIRED: typeof wire.CLOSE_TOKEN_EXPIRED = 4401;

/** Length of a text as the contract counts it: Unicode code points. */
export function codePoints(text: string): number {
  return [...text].length;
}
