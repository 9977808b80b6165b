/**
 * The limits on requests: by address before anything is parsed, by account after the token, by handle after
 * the body. The platform counts them in each location; budgets and passwords are counted by objects.
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { addressKey } from "../auth/address.ts";
import type { AppEnv } from "./env.ts";
import { tooManyRequests } from "./problem.ts";

/** Limits the rate of all requests of an address. */
export const addressRateLimit = createMiddleware<AppEnv>(async (c, next) => {
  await enforce(c, c.env.LIMIT_ADDRESS, addressOf(c));
  await next();
});

/** Limits the rate of reads and writes of an account, or of an address without a token. */
export const rateLimit = createMiddleware<AppEnv>(async (c, next) => {
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  const limiter = reads ? c.env.LIMIT_READS : c.env.LIMIT_WRITES;
  await enforce(c, limiter, c.var.identity?.user ?? addressOf(c));
  await next();
});

/** Limits the rate at which an address creates accounts, tries passwords and unknown administrators' tokens. */
export const signInRateLimit = createMiddleware<AppEnv>(async (c, next) => {
  await limitSignIns(c);
  await next();
});

/** The same, for a check amid a request. @throws ApiProblem rate_limited */
export async function limitSignIns(c: Context<AppEnv>): Promise<void> {
  await enforce(c, c.env.LIMIT_SIGN_IN, addressOf(c));
}

/** Counts a token that was refused among those of its address. @throws ApiProblem rate_limited */
export async function countRefusedToken(c: Context<AppEnv>): Promise<void> {
  await enforce(c, c.env.LIMIT_REFUSED, addressOf(c));
}

async function enforce(c: Context<AppEnv>, limiter: RateLimit, key: string): Promise<void> {
  if (c.var.deps.config.RATE_LIMITS === "off") return;
  const { success } = await limiter.limit({ key });
  if (success) return;
  throw tooManyRequests();
}

function addressOf(c: Context<AppEnv>): string {
  return addressKey(c.req.header("cf-connecting-ip"));
}
