/** The limits of sessions and of what proves them, with the reason of each. */

/** The longest lifetime of an access token: an ended session is remembered for longer than its tokens live. */
const ACCESS_TOKEN_TTL_MAX_S = 60 * 60;
/** Sessions that one account may have at a time; the contract has a cap. Many people sign in daily on one machine. */
export const SESSIONS_MAX = 100;
/** A session that is not refreshed for this long has ended; the contract's figure. */
export const SESSION_IDLE_MS = 30 * 24 * 60 * 60 * 1000;
/**
 * How long the newest refresh token but one gives the newest again: a client whose answer was lost tries
 * again within this, and so does a second tab that read the token before the first one stored the new one.
 */
export const REFRESH_REPEAT_MS = 60_000;
/** How long the row of an ended session is kept: longer than any of its access tokens lives. */
export const SESSION_ENDED_KEPT_MS = 2 * ACCESS_TOKEN_TTL_MAX_S * 1000;
