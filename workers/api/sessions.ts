/** Sessions after sign-in: refreshing, listing and ending them, the password, and tickets for the socket. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { idTimeMs } from "../../feed/ids.ts";
import { isLive, oldestSession } from "../../feed/sessions.ts";
import {
  openSessionListSchema,
  passwordChangeSchema,
  refreshedSchema,
  refreshRequestSchema,
  ticketSchema,
} from "../../feed/wire-sessions.ts";
import { changePassword, endSessions, refreshSession } from "../write/sessions.ts";
import { type Identity, mintTicket } from "../auth/tokens.ts";
import { locationHint } from "../region.ts";
import { body, json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { ownIdentity } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";
import { countRefusedToken, signInRateLimit } from "./rate-limits.ts";

const common = { tags: ["Accounts"], security: TOKEN_NEEDED };

const refreshRoute = createRoute({
  operationId: "refreshSession",
  method: "post",
  path: "/sessions/refresh",
  summary: "Renew a session's tokens",
  description:
    "Each refresh token works once. The one before the newest gives the newest again for a minute, so a " +
    "call whose answer was lost can be repeated. Using an older one ends the session.",
  tags: ["Accounts"],
  request: { query: noQuery, body: body(refreshRequestSchema) },
  responses: { 200: json(refreshedSchema, "The new tokens"), ...problems() },
});

const listRoute = createRoute({
  ...common,
  operationId: "listSessions",
  method: "get",
  path: "/sessions",
  summary: "The account's sessions",
  request: { query: noQuery },
  responses: { 200: json(openSessionListSchema, "Oldest first"), ...problems() },
});

const endRoute = createRoute({
  ...common,
  operationId: "endSession",
  method: "delete",
  path: "/sessions/{id}",
  summary: "End a session",
  description:
    "`current` is the session of the request: this signs out. Its tokens stop within a minute.",
  request: {
    query: noQuery,
    params: z.object({
      id: z
        .string()
        .meta({ description: "The id of a session, or `current`.", example: "current" }),
    }),
  },
  responses: { 204: { description: "Ended" }, ...problems("not_found") },
});

const endOthersRoute = createRoute({
  ...common,
  operationId: "endOtherSessions",
  method: "delete",
  path: "/sessions",
  summary: "End all other sessions",
  request: { query: noQuery },
  responses: { 204: { description: "Ended" }, ...problems() },
});

const passwordRoute = createRoute({
  ...common,
  operationId: "changePassword",
  method: "put",
  path: "/me/password",
  summary: "Change the password",
  description: "Ends all other sessions.",
  middleware: signInRateLimit,
  request: { query: noQuery, body: body(passwordChangeSchema) },
  responses: { 204: { description: "Changed" }, ...problems("bad_credentials") },
});

const ticketRoute = createRoute({
  ...common,
  tags: ["Live"],
  operationId: "createTicket",
  method: "post",
  path: "/live/tickets",
  summary: "Make a ticket for the live socket",
  description: "A ticket opens one socket within a minute, as the subprotocol `ticket.<ticket>`.",
  request: { query: noQuery },
  responses: { 201: json(ticketSchema, "The ticket"), ...problems() },
});

/** Registers the routes. */
export function sessionRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(refreshRoute, async (c) => {
    const { refreshToken } = c.req.valid("json");
    const tokens = await refreshSession(c.var.deps, refreshToken, locationHint(c.req.raw));
    if (tokens !== null) return c.json(tokens, 200);
    await countRefusedToken(c);
    throw new ApiProblem("unauthenticated", "The session has ended.");
  });

  app.openapi(listRoute, async (c) => {
    return c.json({ items: await openSessions(c, ownIdentity(c)), next: null }, 200);
  });

  app.openapi(endRoute, async (c) => {
    const { user, session } = ownIdentity(c);
    const { id } = c.req.valid("param");
    const ended = id === "current" ? session : id;
    if (ended !== session && ended !== oldestSession(user)) {
      const all = await c.var.deps.store.sessions.ofAccount(user);
      if (!all.some((one) => one.id === ended)) {
        throw new ApiProblem("not_found", "The account has no such session.");
      }
    }
    await endSessions(c.var.deps, user, { only: ended }, locationHint(c.req.raw));
    return c.body(null, 204);
  });

  app.openapi(endOthersRoute, async (c) => {
    const { user, session } = ownIdentity(c);
    await endSessions(c.var.deps, user, { allBut: session }, locationHint(c.req.raw));
    return c.body(null, 204);
  });

  app.openapi(passwordRoute, async (c) => {
    const { current, new: next } = c.req.valid("json");
    await replacePassword(c, ownIdentity(c), { current, next });
    return c.body(null, 204);
  });

  app.openapi(ticketRoute, async (c) => {
    const { deps } = c.var;
    return c.json(await mintTicket(deps.config, ownIdentity(c), deps.nowMs()), 201);
  });
}

/** The sessions that last, with that of the request, although it may be of tokens without a session. */
async function openSessions(c: Context<AppEnv>, { user, session, issuedMs }: Identity) {
  const { deps } = c.var;
  const all = await deps.store.sessions.ofAccount(user);
  const open = all
    .filter((one) => isLive(one, deps.nowMs()))
    .map(({ id, rotatedMs, device }) => ({
      ...{ id, device, current: id === session },
      createdAt: new Date(idTimeMs(id)).toISOString(),
      lastUsedAt: new Date(rotatedMs).toISOString(),
    }));
  if (session !== oldestSession(user)) return open;
  const createdAt = new Date(idTimeMs(user)).toISOString();
  const lastUsedAt = new Date(issuedMs).toISOString();
  return [{ id: session, device: "", current: true, createdAt, lastUsedAt }, ...open];
}

/** @throws ApiProblem bad_credentials */
async function replacePassword(
  c: Context<AppEnv>,
  { user, session }: Identity,
  { current, next }: { current: string; next: string },
): Promise<void> {
  const { deps } = c.var;
  const account = (await deps.store.accounts.byIds([user])).get(user);
  if (account === undefined) throw new ApiProblem("unauthenticated", "The account is gone.");
  const { handle } = account;
  const from = (await deps.store.accounts.credentials(handle))?.passwordHash ?? null;
  const matches = await deps.passwords.check(handle, current, from);
  const wrong = new ApiProblem("bad_credentials", "This is not the account's password.");
  if (from === null || !matches) throw wrong;
  const to = await deps.passwords.hash(handle, next);
  const change = { account: user, from, to, keep: session };
  if (!(await changePassword(deps, change, locationHint(c.req.raw)))) throw wrong;
}
