/**
 * Names of the live socket that clients need as well, free of schemas so that a page stays small.
 */

/** The subprotocol of the live socket, and the prefix of the one that carries the token. */
export const LIVE_PROTOCOL = "skein.v1";
export const LIVE_TOKEN_PREFIX = "bearer.";
/** The prefix of the one that carries a ticket. */
export const LIVE_TICKET_PREFIX = "ticket.";
/** The live socket's own close code: the token has expired. */
export const CLOSE_TOKEN_EXPIRED = 4401;

/** The length of a text in Unicode code points, as the API counts it. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    // The second half of a pair belongs to the code point before it.
    if (isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))) count--;
  }
  return count;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
