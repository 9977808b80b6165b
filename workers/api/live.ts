/** GET /v1/live: checks an upgrade, then hands the socket to the user's home timeline. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import {
  LIVE_EXPIRES_HEADER,
  LIVE_ISSUED_HEADER,
  LIVE_REGION_HEADER,
  LIVE_SESSION_HEADER,
  LIVE_SINCE_HEADER,
  LIVE_TICKET_HEADER,
} from "../../feed/timeline/live.ts";
import type { UserId } from "../../feed/ids.ts";
import type { TokenMark } from "../../feed/sessions.ts";
import {
  frameSchema,
  LIVE_PROTOCOL,
  LIVE_TICKET_PREFIX,
  LIVE_TOKEN_PREFIX,
} from "../../feed/wire.ts";
import { checkTicket, socketClosesAtMs } from "../auth/tokens.ts";
import { SOCKETS_PER_USER } from "../../feed/limits.ts";
import { locationHint, regionOf } from "../region.ts";
import { COLD } from "../../durable-objects/cold.ts";
import { whenWarm } from "../timeline/home-source.ts";
import type { Deps } from "../deps.ts";
import { problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { isAllowedOrigin, requireIdentity } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";
import { countRefusedToken } from "./rate-limits.ts";

const openSocket = createRoute({
  operationId: "openLive",
  method: "get",
  path: "/live",
  summary: "Live changes over a WebSocket",
  description:
    `Subprotocols: \`${LIVE_PROTOCOL}\` and \`${LIVE_TICKET_PREFIX}<ticket>\` (or, until the next major ` +
    `version, \`${LIVE_TOKEN_PREFIX}<token>\`). Every text frame is a \`Frame\`; ` +
    "the text `ping` is answered `pong`. The socket is closed with 4401 when its session ends " +
    "(another issuer's: when its token expires), and with 1003 when it gets anything but `ping`.",
  tags: ["Live"],
  request: {
    query: z.strictObject({
      since: z
        .string()
        .regex(/^\d{1,16}$/, "a sequence number")
        .optional()
        .meta({
          type: "integer",
          minimum: 0,
          description: "The newest change that the client has seen.",
        }),
    }),
  },
  responses: {
    101: { description: "The socket is open; its frames are the schema `Frame`" },
    ...problems("forbidden", "limit_reached", "upgrade_required"),
  },
});

/** Registers the route. */
export function liveRoutes(app: OpenAPIHono<AppEnv>): void {
  // A response of 101 has no body that could name the schema.
  app.openAPIRegistry.register("Frame", frameSchema);
  app.openapi(openSocket, async (c) => {
    const { deps } = c.var;
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new ApiProblem("upgrade_required", "Open this address as a WebSocket.");
    }
    const origin = c.req.header("origin");
    // A browser always sends the origin of a page, so a request without one is not from a page.
    if (origin !== undefined && !isAllowedOrigin(deps, origin, c.req.url)) {
      throw new ApiProblem("forbidden", `Pages of ${origin} may not open this socket.`);
    }
    const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((p) => p.trim());
    if (!offered.includes(LIVE_PROTOCOL)) {
      throw new ApiProblem("invalid_request", `Offer the subprotocol ${LIVE_PROTOCOL}.`);
    }
    const admitted = await admit(c, offered);
    const headers = new Headers(c.req.raw.headers);
    headers.set(LIVE_EXPIRES_HEADER, String(admitted.closesAtMs));
    headers.set(LIVE_SESSION_HEADER, admitted.session);
    headers.set(LIVE_ISSUED_HEADER, String(admitted.issuedMs));
    if (admitted.ticket === null) headers.delete(LIVE_TICKET_HEADER);
    else headers.set(LIVE_TICKET_HEADER, admitted.ticket);
    headers.set(LIVE_REGION_HEADER, regionOf(locationHint(c.req.raw)));
    headers.delete(LIVE_SINCE_HEADER);
    // What the object gets may be logged, and it has no use for the token.
    headers.set("sec-websocket-protocol", LIVE_PROTOCOL);
    const { since } = c.req.valid("query");
    if (since !== undefined) headers.set(LIVE_SINCE_HEADER, since);
    return upgrade(deps, admitted.user, new Request(c.req.raw, { headers }));
  });
}

/** Who may open a socket, by a ticket or by a token. */
interface Admitted extends TokenMark {
  user: UserId;
  closesAtMs: number;
  /** The ticket's name; null if it is a token that opens the socket. */
  ticket: string | null;
}

/** Checks the ticket or the token among the offered subprotocols. @throws ApiProblem unauthenticated */
async function admit(c: Context<AppEnv>, offered: readonly string[]): Promise<Admitted> {
  const { deps } = c.var;
  const sent = offered.find((protocol) => protocol.startsWith(LIVE_TICKET_PREFIX));
  if (sent === undefined) {
    const token = offered.find((protocol) => protocol.startsWith(LIVE_TOKEN_PREFIX));
    const identity = await requireIdentity(c, token?.slice(LIVE_TOKEN_PREFIX.length));
    return { ...identity, closesAtMs: socketClosesAtMs(identity, deps.nowMs()), ticket: null };
  }
  const ticket = await checkTicket(deps.config, sent.slice(LIVE_TICKET_PREFIX.length));
  if (ticket !== null) return { ...ticket, ticket: ticket.id };
  await countRefusedToken(c);
  throw new ApiProblem("unauthenticated", "The ticket is invalid or has expired.");
}

async function upgrade(deps: Deps, user: string, request: Request): Promise<Response> {
  const answer = await whenWarm(deps, user, locationHint(request), async (home) => {
    const response = await home.fetch(request.clone());
    if (response.status === 409) return COLD;
    return { status: "answered", response };
  });
  if (answer.response.status === 401) {
    throw new ApiProblem("unauthenticated", "The session has ended, or the ticket was used.");
  }
  if (answer.response.status !== 429) return answer.response;
  throw new ApiProblem("limit_reached", `An account has at most ${SOCKETS_PER_USER} open sockets.`);
}
