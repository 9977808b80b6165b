/** Failures as the contract words them: RFC 9457 problem details. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { StoreUnavailable } from "../../db/store.ts";
import { RETRY_AFTER_S } from "../../feed/limits.ts";
import { type ProblemCode, PROBLEMS } from "../../feed/problem.ts";
import type { Problem } from "../../feed/wire.ts";
import { IssuerUnavailable } from "../auth/tokens.ts";
import { QueueUnavailable } from "../job-queues.ts";
import { ObjectUnavailable } from "../objects.ts";
import type { AppEnv } from "./env.ts";

/** One thing that is wrong with a request, and where. */
export interface Violation {
  path: string;
  message: string;
}

/** A failure that is answered as it stands. */
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

/** Failures that pass. */
const UNAVAILABLE = [StoreUnavailable, ObjectUnavailable, IssuerUnavailable, QueueUnavailable];

/** Makes a problem of whatever was thrown. Nothing of an unexpected error leaves. */
function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (UNAVAILABLE.some((kind) => error instanceof kind)) {
    return new ApiProblem("unavailable", "A part of Skein does not answer. Try again shortly.", {
      retryAfterS: RETRY_AFTER_S,
    });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new ApiProblem(
      "invalid_request",
      error.status === 415
        ? "Send the body as JSON, and say so: content-type: application/json."
        : "The body is not JSON.",
    );
  }
  return new ApiProblem("internal", "This should not have happened. It has been logged.");
}

/** Answers a failure. */
export function problemResponse(c: Context<AppEnv>, error: unknown): Response {
  const problem = asProblem(error);
  const { status, title } = PROBLEMS[problem.code];
  if (status >= 500) {
    console.error("request failed", {
      requestId: c.var.requestId,
      method: c.req.method,
      path: c.req.path,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
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
