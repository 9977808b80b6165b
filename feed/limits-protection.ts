/** The limits that keep one person's requests from harming others, each with its unit last and its reason. */
import { RATE_LIMIT_PERIOD_S } from "./limits.ts";

// --- Passwords ----------------------------------------------------------------------------------

/** Objects that hash passwords, unless `PASSWORD_HASHERS` says otherwise, and at most. */
export const PASSWORD_HASHERS_DEFAULT = 8;
export const PASSWORD_HASHERS_MAX = 1_024;
/**
 * Hashes that such an object begins each second, unless `PASSWORD_HASHES_PER_S` says otherwise. One takes
 * some 150 ms of a core, so that an object is never busy for longer than it rests.
 */
export const PASSWORD_HASHES_PER_S_DEFAULT = 4;
/** Calls that an object answers or lets wait at a time; with the rate above, the last one waits two seconds. */
export const PASSWORD_HASHES_IN_FLIGHT = 8;
/**
 * Passwords that may be tried for one handle in a window, from wherever they come. The right one starts
 * the window anew. That is under 2,000 guesses a day, of which a password of 8 characters stands many years.
 */
export const SIGN_IN_ATTEMPTS_PER_HANDLE = 20;
export const SIGN_IN_ATTEMPTS_WINDOW_MS = 15 * 60 * 1000;
/** Handles whose attempts an object remembers: more than it lets through in a window. */
export const SIGN_IN_HANDLES_REMEMBERED = 8_000;

// --- Administrators -----------------------------------------------------------------------------

/** How long an isolate remembers an administrator's token that has passed; so long may one that was revoked. */
export const ADMIN_PASSED_MS = 60_000;

if (
  (PASSWORD_HASHES_PER_S_DEFAULT * SIGN_IN_ATTEMPTS_WINDOW_MS) / 1000 >
  SIGN_IN_HANDLES_REMEMBERED
) {
  throw new Error("attempts for other handles would make an object forget those for one");
}
if (SIGN_IN_ATTEMPTS_WINDOW_MS < RATE_LIMIT_PERIOD_S * 1000) {
  throw new Error("the window of a handle is no shorter than the period of an address");
}
