/** Access for administrators. Where no ADMIN_TOKEN is set, these routes answer 404. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Administrator, mayUse } from "../../feed/admin-access.ts";
import { pathText } from "../../feed/error-text.ts";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";
import { limitSignIns } from "./rate-limits.ts";

/** Marks a route as an administrator's in its contract. */
export const ADMIN = [{ adminToken: [] }];

/** Makes a token for an account: its use is logged by its handler, which knows the account. */
const MINT_PATH = "/v1/admin/tokens";

/**
 * Lets only administrators pass that may make the call, and logs each use but reads before it is done.
 * @throws ApiProblem unauthenticated, forbidden, not_found, rate_limited; ObjectUnavailable
 */
export const adminOnly = createMiddleware<AppEnv>(async (c, next) => {
  const { administrators } = c.var.deps;
  if (!administrators.exist) throw new ApiProblem("not_found", "This address does not exist.");
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const administrator = await authenticate(c, token);
  if (administrator === null) {
    throw new ApiProblem("unauthenticated", "Send an administrator's token as the bearer token.");
  }
  if (!mayUse(administrator, c.req.path)) {
    throw new ApiProblem("forbidden", "The scopes of this key do not include the call.");
  }
  c.set("administrator", administrator);
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  if (!isRead && c.req.path !== MINT_PATH) await recordUse(c, null);
  await next();
});

/**
 * Checks a token. Who tries tokens is limited like who tries passwords, before a token is compared; one that
 * has passed counts once a minute only, so that administrators may make many calls.
 */
async function authenticate(c: Context<AppEnv>, token: string): Promise<Administrator | null> {
  const { administrators } = c.var.deps;
  const known = await administrators.recent(token);
  if (known !== null) return known;
  await limitSignIns(c);
  return administrators.check(token);
}

/** Logs that an administrator makes this call. @param subject the id of the account that it is about */
export async function recordUse(c: Context<AppEnv>, subject: string | null): Promise<void> {
  await c.var.deps.administrators.record({
    by: c.var.administrator?.id ?? "nobody",
    operation: `${c.req.method} ${pathText(c.req.path)}`,
    subject,
    requestId: c.var.requestId,
  });
}
