/** The limits of sessions and of what proves them, with the reason of each. */

/** The longest lifetime of an access token: an ended session is remembered for longer than its tokens live. */
export const ACCESS_TOKEN_TTL_MAX_S = 60 * 60;
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
/**
 * How long an isolate trusts that a session lasts. A token stops within a minute of its session's end;
 * the rest of the minute is for telling the home timeline.
 */
export const SESSION_TRUSTED_MS = 45_000;
/** Sessions and linked subjects that an isolate remembers. */
export const ISOLATE_SESSIONS_MAX = 10_000;
/** The longest name of a device that is stored: what a browser calls itself takes about 120 characters. */
export const DEVICE_MAX_CHARS = 200;
/** How long a ticket opens a socket; the contract's figure. */
export const TICKET_TTL_S = 60;
/** The longest lifetime of another issuer's token that is accepted: a day, as usual for access tokens at most. */
export const FOREIGN_TOKEN_TTL_MAX_S = 24 * 60 * 60;
/** How far the clocks of Skein and of an issuer may differ. */
export const CLOCK_SKEW_S = 30;
/** The longest subject of another issuer; OpenID Connect allows 255 characters. */
export const SUBJECT_MAX_CHARS = 255;
/** How old a token may be that deletes an account without a password: it shows that its owner has just signed in. */
export const DELETING_TOKEN_MAX_AGE_MS = 5 * 60 * 1000;
