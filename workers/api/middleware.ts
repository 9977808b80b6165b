/** The middleware of all requests. */
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { BODY_MAX_BYTES } from "../../feed/limits.ts";
import type { UserId } from "../../feed/ids.ts";
import { checkToken } from "../auth/identity.ts";
import type { Identity } from "../auth/tokens.ts";
import { locationHint } from "../region.ts";
import { type Deps, depsOf } from "../deps.ts";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";
import { countRefusedToken } from "./rate-limits.ts";

/** Gives handlers their dependencies. */
export const dependencies = createMiddleware<AppEnv>(async (c, next) => {
  c.set("deps", depsOf(c.env));
  c.set("identity", null);
  await next();
});

const EXPOSED_HEADERS = ["x-request-id", "server-timing", "retry-after"];

/** Answers browsers that ask before they send a request from another origin. */
const preflight = cors({
  origin: (origin, c: Context<AppEnv>) =>
    isAllowedOrigin(c.var.deps, origin, c.req.url) ? origin : null,
  exposeHeaders: EXPOSED_HEADERS,
  maxAge: 86_400,
});

/** Lets pages of configured origins call the API from a browser. */
export const crossOrigin = createMiddleware<AppEnv>((c, next) => {
  if (c.req.method === "OPTIONS") return preflight(c, next);
  const origin = c.req.header("origin");
  c.header("vary", "Origin");
  if (origin !== undefined && isAllowedOrigin(c.var.deps, origin, c.req.url)) {
    c.header("access-control-allow-origin", origin);
    c.header("access-control-expose-headers", EXPOSED_HEADERS.join(","));
  }
  return next();
});

/** Whether a page of `origin` may use a Worker that is served at `url`. */
export function isAllowedOrigin(deps: Deps, origin: string, url: string): boolean {
  return deps.config.ALLOWED_ORIGINS.some(
    (allowed) => origin === (allowed === "self" ? new URL(url).origin : allowed),
  );
}

/** Refuses bodies larger than any request of the contract. */
export const boundedBody: MiddlewareHandler<AppEnv> = bodyUpTo(BODY_MAX_BYTES);

/** Refuses bodies larger than `maxBytes`. */
export function bodyUpTo(maxBytes: number): MiddlewareHandler<AppEnv> {
  const limited = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ApiProblem("payload_too_large", `A body holds at most ${maxBytes} bytes.`);
    },
  });
  // The platform gives these no body.
  return (c, next) =>
    c.req.method === "GET" || c.req.method === "HEAD" ? next() : limited(c, next);
}

/** Authenticates a request that has a token. An invalid token is refused, not ignored. */
export const identify = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
    c.set("identity", await requireIdentity(c, token));
  }
  await next();
});

/** Checks a token. @throws ApiProblem unauthenticated, rate_limited; IssuerUnavailable */
export async function requireIdentity(
  c: Context<AppEnv>,
  token: string | undefined,
): Promise<Identity> {
  const identity = token === undefined ? null : await checkToken(c.var.deps, token);
  if (identity === null) {
    await countRefusedToken(c);
    throw new ApiProblem("unauthenticated", "The token is invalid or has expired.");
  }
  return identity;
}

/**
 * Refuses requests whose session has ended. A page of the timeline learns that from the timeline itself, which it
 * reads anyway, so it is checked afterwards.
 */
export const sessionLasts = createMiddleware<AppEnv>(async (c, next) => {
  const readsHome = c.req.method === "GET" && c.req.path === "/v1/timeline";
  if (!readsHome) await requireSession(c);
  await next();
});

/** @throws ApiProblem unauthenticated; StoreUnavailable */
export async function requireSession(c: Context<AppEnv>): Promise<void> {
  const { deps, identity } = c.var;
  if (identity === null || (await deps.sessions.lasts(identity, locationHint(c.req.raw)))) return;
  throw new ApiProblem("unauthenticated", "The session has ended.");
}

/** The account of the request. @throws ApiProblem unauthenticated */
export function me(c: Context<AppEnv>): UserId {
  return ownIdentity(c).user;
}

/** The checked token of the request. @throws ApiProblem unauthenticated */
export function ownIdentity(c: Context<AppEnv>): Identity {
  const { identity } = c.var;
  if (identity !== null) return identity;
  throw new ApiProblem("unauthenticated", "Send a token: Authorization: Bearer <token>.");
}
