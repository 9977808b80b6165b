/** Requests that violate their contract. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import type { AppEnv } from "./env.ts";
import { ApiProblem, type Violation } from "./problem.ts";

/** The problem of a request with invalid fields, with each fault and its place. */
export function invalidRequest(error: z.core.$ZodError): ApiProblem {
  return new ApiProblem("invalid_request", "The request is not valid.", {
    violations: error.issues.flatMap(violationsOf),
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
      path: [...issue.path, key].join("."),
      message: "unknown field",
    }));
  }
  return [{ path: issue.path.join("."), message: issue.message }];
}
