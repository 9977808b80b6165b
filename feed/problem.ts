/** The failures of the API: a closed list of codes, each with its HTTP status and title. */

/** The only table from code to status. Codes and statuses are part of the API's contract. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "Invalid request" },
  unauthenticated: { status: 401, title: "Unauthorized" },
  bad_credentials: { status: 401, title: "Wrong handle or password" },
  challenge_failed: { status: 403, title: "Challenge failed" },
  forbidden: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not found" },
  gone: { status: 410, title: "Gone" },
  handle_taken: { status: 409, title: "Handle taken" },
  cannot_follow_self: { status: 422, title: "Cannot follow yourself" },
  limit_reached: { status: 422, title: "Limit reached" },
  idempotency_conflict: { status: 409, title: "Idempotency key conflict" },
  payload_too_large: { status: 413, title: "Payload too large" },
  upgrade_required: { status: 426, title: "Upgrade required" },
  rate_limited: { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Service unavailable" },
  internal: { status: 500, title: "Internal server error" },
} as const;

/** A failure code of the API's contract. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The codes that every call may answer. */
export const COMMON_PROBLEMS: readonly ProblemCode[] = [
  "invalid_request",
  "unauthenticated",
  "payload_too_large",
  "rate_limited",
  "unavailable",
  "internal",
];
