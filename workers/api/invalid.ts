/** Requests that violate their contract. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import type { AppEnv } from "./env.ts";
import { ApiProblem, type Violation } from "./problem.ts";

/** Violations in an answer, and characters of each path: an answer is no larger for a larger request. */
const VIOLATIONS_MAX = 20;
const PATH_MAX_CHARS = 100;

/** The problem of a request with invalid fields, with each fault and its place. */
export function invalidRequest(error: z.core.$ZodError): ApiProblem {
  return new ApiProblem("invalid_request", "The request is not valid.", {
    violations: error.issues.flatMap(violationsOf).slice(0, VIOLATIONS_MAX),
  });
}

/** Refuses requests that violate a route's contract; every app with routes needs it. */
export const refuseInvalid: NonNullable<OpenAPIHono<AppEnv>["defaultHook"]> = (result) => {
  if (!result.success) throw invalidRequest(result.error);
};

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  // An unknown field is reported like an invalid one.
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      message: "unknown field",
    }));
  }
  return [{ path: pathOf(issue.path), message: issue.message }];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join(".").slice(0, PATH_MAX_CHARS);
}
