/** What went wrong with a request, and how to say it. */
import type { ProblemCode } from "../../feed/problem.ts";
import type { Problem } from "../../feed/wire.ts";

/** A request that was not answered as hoped. `offline` means that no answer came at all. */
export class Failure extends Error {
  readonly code: ProblemCode | "offline";
  readonly fields: readonly { path: string; message: string }[];
  readonly retryAfterS: number | null;

  constructor(
    code: ProblemCode | "offline",
    detail: string,
    fields: Problem["errors"] = [],
    retryAfterS: number | null = null,
  ) {
    super(detail);
    this.name = "Failure";
    this.code = code;
    this.fields = fields;
    this.retryAfterS = retryAfterS;
  }
}

const SENTENCES: Record<Failure["code"], string> = {
  invalid_request: "Something in it is not quite right.",
  unauthenticated: "Please sign in first.",
  bad_credentials: "That handle and password do not go together.",
  forbidden: "That is not yours to change.",
  not_found: "It is not here. It may have been deleted.",
  handle_taken: "Somebody already has that handle. Try another.",
  cannot_follow_self: "You always see your own posts; no need to follow yourself.",
  idempotency_conflict: "This was already sent with other words. Please send it again.",
  payload_too_large: "That is too long to send.",
  upgrade_required: "The page and the server do not understand each other. Reload the page.",
  rate_limited: "That was a little fast.",
  unavailable: "Skein is catching its breath.",
  internal: "Something went wrong on our side.",
  offline: "No connection. Check the network and try again.",
};

function whenToRetry(failure: Failure): string {
  if (failure.code !== "rate_limited" && failure.code !== "unavailable") return "";
  const waitS = failure.retryAfterS;
  if (waitS === null || waitS <= 2) return " Try again in a moment.";
  return ` Try again in ${waitS} seconds.`;
}

/** Says in a reader's words what went wrong. */
export function inWords(failure: Failure): string {
  if (failure.code === "invalid_request" && failure.fields.length > 0) {
    return failure.fields.map(({ path, message }) => `${path}: ${message}`).join(". ");
  }
  return SENTENCES[failure.code] + whenToRetry(failure);
}

/** A thrown thing as a failure; what is not one is a bug of this page and goes to the console. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  reportError(thrown);
  return new Failure("internal", "The page made a mistake.");
}
