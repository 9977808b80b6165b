/** The texts of failed requests for readers. */
import { SkeinError } from "../../../client/src/errors.ts";
import {
  HANDLE_MAX_CHARS,
  HANDLE_MIN_CHARS,
  NAME_MAX_CHARS,
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
  POST_TEXT_MAX_CHARS,
} from "../../../feed/limits.ts";

const SENTENCES: Record<SkeinError["code"], string> = {
  invalid_request: "Something in it is not valid.",
  unauthenticated: "Please sign in first.",
  bad_credentials: "Wrong handle or password.",
  challenge_failed: "The check that you are a person did not pass. Try again, or reload the page.",
  forbidden: "You are not allowed to do that.",
  not_found: "Not found. It may have been deleted.",
  gone: "It has been deleted.",
  limit_reached: "You have reached the limit for that.",
  handle_taken: "Somebody already has that handle. Try another.",
  cannot_follow_self: "You always see your own posts; no need to follow yourself.",
  idempotency_conflict: "This was already sent with another text. Please send it again.",
  payload_too_large: "That is too long to send.",
  upgrade_required: "This page is out of date. Reload it.",
  rate_limited: "Too many requests.",
  unavailable: "Skein is busy.",
  internal: "Something went wrong on our side.",
  offline: "No connection. Check the network and try again.",
  timeout: "No connection. Check the network and try again.",
  aborted: "That was stopped.",
};

function whenToRetry(failure: SkeinError): string {
  if (failure.code !== "rate_limited" && failure.code !== "unavailable") return "";
  const waitMs = failure.retryAfterMs;
  if (waitMs === null || waitMs <= 2_000) return " Try again in a moment.";
  return ` Try again in ${Math.ceil(waitMs / 1000)} seconds.`;
}

/** What is wrong with a field of a form; the API's own messages speak to developers. */
const FIELDS = new Map([
  [
    "text",
    `A post has 1 to ${POST_TEXT_MAX_CHARS} characters. At least one is visible, and none is a control character.`,
  ],
  ["handle", `A handle is ${HANDLE_MIN_CHARS} to ${HANDLE_MAX_CHARS} of a–z, 0–9 and _.`],
  ["password", `A password has ${PASSWORD_MIN_CHARS} to ${PASSWORD_MAX_CHARS} characters.`],
  [
    "name",
    `A name has at most ${NAME_MAX_CHARS} characters. At least one is visible, and none is a control character.`,
  ],
]);

/** The text of a failure for a reader. */
export function inWords(failure: SkeinError): string {
  if (failure.code === "invalid_request") {
    const known = new Set(failure.fields.flatMap(({ path }) => FIELDS.get(path) ?? []));
    if (known.size > 0) return [...known].join(" ");
  }
  return SENTENCES[failure.code] + whenToRetry(failure);
}

/** A thrown value as a failure. Anything but a `SkeinError` is a bug of this page, and is logged. */
export function asFailure(thrown: unknown): SkeinError {
  if (thrown instanceof SkeinError) return thrown;
  reportError(thrown);
  return new SkeinError("internal", "This page has a fault.");
}
