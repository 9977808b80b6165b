/** Access for administrators: the ADMIN_TOKEN. Where none is set, these routes answer 404. */
import { timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { ADMIN_PASSED_MS } from "../../feed/limits-protection.ts";
import type { Config } from "../config.ts";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";
import { limitSignIns } from "./rate-limits.ts";

/** Marks a route as an administrator's in its contract. */
export const ADMIN = [{ adminToken: [] }];

/** When the token of a configuration last passed in this isolate. */
const passedAtMs = new WeakMap<Config, number>();

/** Lets only administrators pass. @throws ApiProblem unauthenticated, not_found, rate_limited */
export const adminOnly = createMiddleware<AppEnv>(async (c, next) => {
  const secret = c.var.deps.config.ADMIN_TOKEN;
  if (secret === undefined) throw new ApiProblem("not_found", "This address does not exist.");
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (!(await passes(c, token, secret))) {
    throw new ApiProblem("unauthenticated", "Send the ADMIN_TOKEN as the bearer token.");
  }
  await next();
});

/**
 * Whether a token is the right one. Who tries tokens is limited like who tries passwords, before a token is
 * compared; the right one counts once in a while only, so that administrators may make many calls.
 */
async function passes(c: Context<AppEnv>, token: string, secret: string): Promise<boolean> {
  const { deps } = c.var;
  const isRight = await sameSecret(token, secret);
  const recentlyMs = deps.nowMs() - (passedAtMs.get(deps.config) ?? -Infinity);
  if (isRight && recentlyMs < ADMIN_PASSED_MS) return true;
  await limitSignIns(c);
  if (isRight) passedAtMs.set(deps.config, deps.nowMs());
  return isRight;
}

/** Compares digests, so that the time depends neither on content nor on length. */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const digest = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return timingSafeEqual(new Uint8Array(left), new Uint8Array(right));
}
