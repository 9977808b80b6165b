/** Requests that are not of the form their contract says. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import type { AppEnv } from "./env.ts";
import { ApiProblem, type Violation } from "./problem.ts";

/** The problem of a request whose fields are wrong, with what is wrong and where. */
export function invalidRequest(error: z.core.$ZodError): ApiProblem {
  return new ApiProblem("invalid_request", "The request is not of the form it should have.", {
    violations: error.issues.flatMap(violationsOf),
  });
}

/** Refuses what a route's contract does not allow; every app with routes needs it. */
export const refuseInvalid: NonNullable<OpenAPIHono<AppEnv>["defaultHook"]> = (result) => {
  if (!result.success) throw invalidRequest(result.error);
};

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  // A field that is too many is named like one that is wrong.
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join("."),
      message: "there is no such field",
    }));
  }
  return [{ path: issue.path.join("."), message: issue.message }];
}
