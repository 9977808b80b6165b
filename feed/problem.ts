/** Failures a client can meet: a closed list of codes, each with its HTTP status and title. */

/** From failure code to status; the one table. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "A valid token is needed" },
  bad_credentials: { status: 401, title: "Handle or password is wrong" },
  forbidden: { status: 403, title: "That is not yours to do" },
  not_found: { status: 404, title: "There is no such thing" },
  handle_taken: { status: 409, title: "The handle is taken" },
  cannot_follow_self: { status: 422, title: "Nobody can follow themselves" },
  idempotency_conflict: { status: 409, title: "The idempotency key was used for another request" },
  payload_too_large: { status: 413, title: "The request body is too large" },
  upgrade_required: { status: 426, title: "This address speaks WebSocket" },
  rate_limited: { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Not available right now" },
  internal: { status: 500, title: "Something went wrong" },
} as const;

/** A code of the contract. */
export type ProblemCode = keyof typeof PROBLEMS;
