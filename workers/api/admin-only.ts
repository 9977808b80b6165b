/** Access for administrators: the ADMIN_TOKEN. Where none is set, these routes answer 404. */
import { timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";

/** Marks a route as an administrator's in its contract. */
export const ADMIN = [{ adminToken: [] }];

/** Lets only administrators pass. @throws ApiProblem unauthenticated, not_found */
export const adminOnly = createMiddleware<AppEnv>(async (c, next) => {
  const secret = c.var.deps.config.ADMIN_TOKEN;
  if (secret === undefined) throw new ApiProblem("not_found", "This address does not exist.");
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (!(await sameSecret(token, secret))) {
    throw new ApiProblem("unauthenticated", "Send the ADMIN_TOKEN as the bearer token.");
  }
  await next();
});

/** Compares digests, so that the time depends neither on content nor on length. */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return timingSafeEqual(new Uint8Array(left), new Uint8Array(right));
}
