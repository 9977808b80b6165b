/** Who may administrate: whoever has the ADMIN_TOKEN. Without one set these addresses do not exist. */
import { timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";

/** Marks a route in its contract. */
export const ADMIN = [{ adminToken: [] }];

/** Lets administrators pass. @throws ApiProblem unauthenticated, not_found */
export const adminOnly = createMiddleware<AppEnv>(async (c, next) => {
  const secret = c.var.deps.config.ADMIN_TOKEN;
  if (secret === undefined) throw new ApiProblem("not_found", "There is no such address.");
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (!(await sameSecret(token, secret))) {
    throw new ApiProblem("unauthenticated", "Send the ADMIN_TOKEN as the bearer token.");
  }
  await next();
});

/** Compares by digest, so that neither content nor length shows in the time it takes. */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return timingSafeEqual(new Uint8Array(left), new Uint8Array(right));
}
