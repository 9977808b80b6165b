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

// --- Sign-ups -----------------------------------------------------------------------------------

/** How long a sign-up waits for the verdict on its challenge, which usually takes a tenth of a second. */
export const CHALLENGE_TIMEOUT_MS = 5_000;
/** Longest answer to a challenge: Turnstile's own bound. */
export const CHALLENGE_MAX_CHARS = 2_048;

// --- Daily budgets ------------------------------------------------------------------------------

/**
 * What an account may have done in a day: posts, reactions, follows and the like; timelines that its posts
 * and reposts are delivered to, some two dollars' worth; pages below its hot window, enough to read a hundred
 * thousand posts.
 */
export const DAILY_BUDGETS = { writes: 5_000, deliveries: 2_000_000, archivePages: 5_000 } as const;
/** The same in an account's first days, in which nobody wins an audience of thousands by honest means. */
export const NEW_ACCOUNT_DAILY_BUDGETS = {
  writes: 500,
  deliveries: 50_000,
  archivePages: 1_000,
} as const;
/** How long an account is new: longer than most who make accounts to spam wait for one. */
export const NEW_ACCOUNT_MS = 3 * 24 * 60 * 60 * 1000;

// --- Administrators -----------------------------------------------------------------------------

/** How long an isolate remembers an administrator's token that has passed; so long may one that was revoked. */
export const ADMIN_PASSED_MS = 60_000;
/** Keys of administrators: some for each tool and person. */
export const ADMIN_KEYS_MAX = 100;
/** Longest name of one. */
export const ADMIN_KEY_NAME_MAX_CHARS = 50;
/** How long a key lasts unless its maker says otherwise, and at most. */
export const ADMIN_KEY_TTL_DEFAULT_MS = 90 * 24 * 60 * 60 * 1000;
export const ADMIN_KEY_TTL_MAX_MS = 366 * 24 * 60 * 60 * 1000;
/** Logged uses of each administrator and operation, and how long they are kept. */
export const ADMIN_USES_MAX = 1_000;
export const ADMIN_USES_KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Equal uses within this time are one line: tools that work in pieces make many. */
export const ADMIN_USE_MERGED_MS = 60_000;
/** Lines in one answer. */
export const ADMIN_USES_PAGE = 100;

if (SIGN_IN_ATTEMPTS_WINDOW_MS < RATE_LIMIT_PERIOD_S * 1000) {
  throw new Error("the window of a handle is no shorter than the period of an address");
}
