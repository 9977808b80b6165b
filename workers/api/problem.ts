/** Failures in the form of the API's contract: RFC 9457 problem details. */
import { errorStack, pathText } from "../../feed/error-text.ts";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { RATE_LIMIT_PERIOD_S } from "../../feed/limits.ts";
import { type ProblemCode, PROBLEMS } from "../../feed/problem.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Problem } from "../../feed/wire.ts";
import { TooManyAttempts } from "../auth/passwords.ts";
import { TooManyReads } from "../timeline/archive.ts";
import { AccountGone } from "../timeline/rebuild.ts";
import type { AppEnv } from "./env.ts";

/** An invalid field of a request. */
export interface Violation {
  /** The field's name, dotted where it is nested. */
  path: string;
  message: string;
}

/** A failure that the client sees: its message is the answer's `detail`. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly code: ProblemCode;
  readonly violations: readonly Violation[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { violations?: readonly Violation[]; retryAfterS?: number } = {},
  ) {
    super(detail);
    this.code = code;
    this.violations = more.violations;
    this.retryAfterS = more.retryAfterS;
  }
}

/** The problem of a client that sends more requests than it may. */
export function tooManyRequests(retryAfterS = RATE_LIMIT_PERIOD_S): ApiProblem {
  return new ApiProblem("rate_limited", "Wait a moment, then send fewer requests.", {
    retryAfterS,
  });
}

/** The problem of a token whose account does not exist any more, or is suspended. */
export function accountGone(): ApiProblem {
  return new ApiProblem("unauthenticated", "The account is gone.");
}

/** Maps any thrown value to a problem. An unexpected error shows none of its details. */
function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof Unavailable) {
    return new ApiProblem("unavailable", "A part of Skein does not answer. Try again shortly.", {
      retryAfterS: error.retryAfterS,
    });
  }
  if (error instanceof TooManyReads) return tooManyRequests();
  if (error instanceof AccountGone) return accountGone();
  if (error instanceof TooManyAttempts) return tooManyRequests(error.retryAfterS);
  if (error instanceof HTTPException && error.status < 500) {
    return new ApiProblem(
      "invalid_request",
      error.status === 415
        ? "Send the body as JSON, with the header content-type: application/json."
        : "The body is not JSON.",
    );
  }
  return new ApiProblem("internal", "An unexpected error occurred. It has been logged.");
}

/** Answers a failure, and logs it if the fault is the server's. */
export function problemResponse(c: Context<AppEnv>, error: unknown): Response {
  const problem = asProblem(error);
  const { status, title } = PROBLEMS[problem.code];
  if (status >= 500 && !(error instanceof Unavailable && !error.isFault)) {
    console.error("request failed", {
      requestId: c.var.requestId,
      method: c.req.method,
      path: pathText(c.req.path),
      error: errorStack(error),
    });
  }
  const body: Problem = {
    type: `urn:skein:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.message,
    requestId: c.var.requestId,
    ...(problem.violations === undefined ? {} : { errors: [...problem.violations] }),
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (problem.code === "upgrade_required") headers["upgrade"] = "websocket";
  if (problem.retryAfterS !== undefined) headers["retry-after"] = String(problem.retryAfterS);
  return c.body(JSON.stringify(body), status, headers);
}
