/** The parts of docs/api.md that follow from constants: its tables of errors and of limits. */
import { z } from "zod";
import { PROBLEMS, type ProblemCode } from "../../feed/problem.ts";
import { HANDLE_KEPT_MS } from "../../feed/limits-lifecycle.ts";
import {
  DAILY_BUDGETS,
  NEW_ACCOUNT_DAILY_BUDGETS,
  NEW_ACCOUNT_MS,
  SIGN_IN_ATTEMPTS_PER_HANDLE,
  SIGN_IN_ATTEMPTS_WINDOW_MS,
} from "../../feed/limits-protection.ts";
import { AVATAR_URL_MAX_CHARS, BIO_MAX_CHARS } from "../../feed/limits-profiles.ts";
import { TASTES_MAX } from "../../feed/limits-ranking.ts";
import {
  FOREIGN_TOKEN_TTL_MAX_S,
  SESSION_IDLE_MS,
  SESSIONS_MAX,
  TICKET_TTL_S,
} from "../../feed/limits-sessions.ts";
import { IMPORT_LINE_MAX_BYTES } from "../../feed/limits-import.ts";
import {
  BLOCKS_MAX,
  BODY_MAX_BYTES,
  EVENT_KEPT_MS,
  FOLLOWING_MAX,
  HANDLE_MAX_CHARS,
  HANDLE_MIN_CHARS,
  IDEMPOTENCY_KEY_MAX_CHARS,
  IDEMPOTENCY_TTL_MS,
  IMPRESSIONS_MAX_ITEMS,
  LIVE_KEPT_MS,
  MUTES_MAX,
  NAME_MAX_CHARS,
  PAGE_DEFAULT_ITEMS,
  PAGE_MAX_ITEMS,
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
  POST_TEXT_MAX_CHARS,
  RETRY_AFTER_S,
  SOCKETS_PER_USER,
  WEBHOOK_TIMEOUT_MS,
} from "../../feed/limits.ts";
import { readWranglerConfig } from "../../scripts/wrangler-config.ts";
import { table } from "./api-schemas.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** When each error is answered, and what a client does about it. */
const MEANINGS: Readonly<Record<ProblemCode, string>> = {
  invalid_request:
    "The request has a fault, which `errors` names by field. Unknown fields are faults.",
  unauthenticated:
    "There is no token, it is no longer good, or the account is gone. Renew the session, or sign in again.",
  bad_credentials: "The handle or the password is wrong; the answer does not say which.",
  challenge_failed:
    "The answer of the sign-up's challenge is missing, or was refused. Get another one of its widget.",
  forbidden:
    "The account may not do this: the post is another's, or one of the two has blocked the other.",
  not_found: "There is no such thing, or not any more.",
  gone: "The post of this idempotency key was deleted.",
  handle_taken: "Another account has, or had lately, this handle.",
  cannot_follow_self: "An account can't follow itself.",
  limit_reached: "The account has as many of these as it may have.",
  idempotency_conflict: "This idempotency key was sent with another body. Use a new key.",
  payload_too_large: "The body is larger than any that the call needs.",
  upgrade_required: "The address of the socket was opened without a WebSocket.",
  rate_limited: "Too many requests. Wait as many seconds as `retry-after` says.",
  unavailable: `A part of Skein does not answer. Try again after \`retry-after\`, usually ${RETRY_AFTER_S} seconds.`,
  internal: "A fault of Skein, which is logged under the `requestId`.",
};

/** Every error with its status and meaning. */
export function errorTable(): string {
  const rows = Object.entries(MEANINGS).map(([code, meaning]) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key of the table
    const { status } = PROBLEMS[code as ProblemCode];
    return { code, status, meaning };
  });
  return table(
    ["status", "code", "when"],
    rows
      .toSorted((one, other) => one.status - other.status)
      .map(({ code, status, meaning }) => [String(status), `\`${code}\``, meaning]),
  ).join("");
}

const rateSchema = z.object({
  name: z.string(),
  simple: z.object({ limit: z.int(), period: z.literal(60) }),
});

/** What a rate limit of wrangler.toml counts. */
const RATES: Readonly<Record<string, string>> = {
  LIMIT_ADDRESS: "all requests of an address",
  LIMIT_READS: "reads of an account, or of an address without a token",
  LIMIT_WRITES: "other requests of an account, or of an address without a token",
  LIMIT_ARCHIVE: "pages of the timeline below its newest part",
  LIMIT_SIGN_IN: "sign-ups and sign-ins of an address",
  LIMIT_REFUSED: "refused tokens of an address",
};

/** The rate limits of wrangler.toml. @throws Error if one is not named here, or no longer there */
export function rateTable(): string {
  const { ratelimits } = readWranglerConfig("wrangler.toml");
  const limits = new Map(
    z
      .array(rateSchema)
      .parse(ratelimits)
      .map(({ name, simple }) => [name, simple.limit]),
  );
  const named = Object.keys(RATES);
  const unknown = [...new Set([...named, ...limits.keys()])].filter(
    (name) => !named.includes(name) || !limits.has(name),
  );
  if (unknown.length > 0) throw new Error(`rate limits: ${unknown.join(", ")}`);
  const minutes = Object.entries(RATES).map(([name, what]) => [
    what,
    `${number(limits.get(name) ?? 0)} a minute`,
  ]);
  const young = `in its first ${NEW_ACCOUNT_MS / DAY_MS} days`;
  const day = (kind: keyof typeof DAILY_BUDGETS): string =>
    `${number(DAILY_BUDGETS[kind])} a day; ${number(NEW_ACCOUNT_DAILY_BUDGETS[kind])} ${young}`;
  return table(
    ["of", "at most"],
    [
      ...minutes,
      [
        "passwords tried for one handle",
        `${SIGN_IN_ATTEMPTS_PER_HANDLE} in ${SIGN_IN_ATTEMPTS_WINDOW_MS / 60_000} minutes`,
      ],
      ["posts, reactions, follows and other changes of an account", day("writes")],
      ["timelines that an account's posts and reposts are delivered to", day("deliveries")],
      ["pages of an account below the newest part of its timeline", day("archivePages")],
    ],
  ).join("");
}

/** Sizes, counts and times. */
export function sizeTable(): string {
  return table(
    ["of", "limit", "past it"],
    [
      ["a post", `1 to ${POST_TEXT_MAX_CHARS} code points, trimmed`, "400"],
      ["a handle", `${HANDLE_MIN_CHARS} to ${HANDLE_MAX_CHARS} of a-z, 0-9 and _`, "400"],
      ["a name", `1 to ${NAME_MAX_CHARS} code points`, "400"],
      ["a bio", `${BIO_MAX_CHARS} code points`, "400"],
      ["a picture's address", `${AVATAR_URL_MAX_CHARS} characters`, "400"],
      ["a password", `${PASSWORD_MIN_CHARS} to ${PASSWORD_MAX_CHARS} characters`, "400"],
      [
        "an idempotency key",
        `${IDEMPOTENCY_KEY_MAX_CHARS} characters; it is kept ${IDEMPOTENCY_TTL_MS / 3_600_000} hours`,
        "400",
      ],
      [
        "a page of a list",
        `1 to ${PAGE_MAX_ITEMS} items, ${PAGE_DEFAULT_ITEMS} unless \`limit\` says otherwise`,
        "400",
      ],
      ["a report of impressions", `${IMPRESSIONS_MAX_ITEMS} posts`, "400"],
      [
        "a body",
        `${BODY_MAX_BYTES / 1024} KiB; a line of an import ${IMPORT_LINE_MAX_BYTES / 1024} KiB`,
        "413",
      ],
      ["accounts that one follows", number(FOLLOWING_MAX), "422"],
      [
        "accounts that one mutes, and that one blocks",
        number(Math.max(MUTES_MAX, BLOCKS_MAX)),
        "422",
      ],
      ["sessions of an account", number(SESSIONS_MAX), "422"],
      ["open sockets of an account", number(SOCKETS_PER_USER), "422"],
      ["tastes of an account", `${TASTES_MAX}`, "the oldest goes"],
      [
        "an access token",
        `${ttlOf("ACCESS_TOKEN_TTL_S") / 60} minutes; another issuer's up to ${FOREIGN_TOKEN_TTL_MAX_S / 3_600} hours`,
        "401",
      ],
      ["a session that is not used", `${SESSION_IDLE_MS / DAY_MS} days`, "401"],
      ["a ticket for the socket", `${TICKET_TTL_S} seconds, one opening`, "401"],
      ["what a socket that was away gets", `the last ${LIVE_KEPT_MS / 60_000} minutes`, "`resync`"],
      ["a webhook's answer", `${WEBHOOK_TIMEOUT_MS / 1000} seconds`, "another attempt"],
      ["attempts to send an event", `for ${EVENT_KEPT_MS / DAY_MS} days`, "a dead letter"],
      [
        "the handle of a deleted account",
        `taken for ${HANDLE_KEPT_MS / DAY_MS} days`,
        "free again",
      ],
    ],
  ).join("");
}

function ttlOf(name: string): number {
  return z.coerce.number().parse(readWranglerConfig("wrangler.toml").vars[name]);
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
