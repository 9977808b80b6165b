/** Mute and block. */
import { BLOCKS_MAX, MUTES_MAX } from "../../feed/limits.ts";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { blockedSchema, mutedSchema } from "../../feed/wire.ts";
import { locationHint } from "../region.ts";
import { setRelation } from "../write/relations.ts";
import { json, noQuery, problems, TOKEN_NEEDED, userParams } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { accountGone, ApiProblem } from "./problem.ts";
import { findUser } from "./users.ts";

const common = {
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { params: userParams, query: noQuery },
};

const mute = createRoute({
  ...common,
  operationId: "muteUser",
  method: "put",
  path: "/users/{user}/mute",
  summary: "Mute a user",
  description: "The timeline shows no post and no repost of the user, who does not learn of it.",
  responses: {
    200: json(mutedSchema, "Muted"),
    ...problems("not_found", "limit_reached"),
  },
});

const unmute = createRoute({
  ...common,
  operationId: "unmuteUser",
  method: "delete",
  path: "/users/{user}/mute",
  summary: "Unmute a user",
  responses: {
    200: json(mutedSchema, "Not muted", { muted: false }),
    ...problems("not_found"),
  },
});

const block = createRoute({
  ...common,
  operationId: "blockUser",
  method: "put",
  path: "/users/{user}/block",
  summary: "Block a user",
  description: "Undoes follows both ways, and prevents new ones.",
  responses: {
    200: json(blockedSchema, "Blocked"),
    ...problems("not_found", "limit_reached"),
  },
});

const unblock = createRoute({
  ...common,
  operationId: "unblockUser",
  method: "delete",
  path: "/users/{user}/block",
  summary: "Unblock a user",
  responses: {
    200: json(blockedSchema, "Not blocked", { blocked: false }),
    ...problems("not_found"),
  },
});

async function change(
  c: Context<AppEnv>,
  ref: string,
  kind: "mute" | "block",
  active: boolean,
): Promise<void> {
  const { deps } = c.var;
  const actor = me(c);
  const target = await findUser(deps, ref);
  if (target.id === actor) {
    throw new ApiProblem("invalid_request", `You cannot ${kind} yourself.`);
  }
  const request = { actor, kind, target: target.id, active };
  const outcome = await setRelation(deps, request, locationHint(c.req.raw));
  if (outcome === "no_account") throw accountGone();
  if (outcome === "too_many") {
    const max = kind === "block" ? BLOCKS_MAX : MUTES_MAX;
    throw new ApiProblem("limit_reached", `An account can ${kind} at most ${max} others.`);
  }
}

/** Registers the routes. */
export function relationRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(mute, async (c) => {
    await change(c, c.req.valid("param").user, "mute", true);
    return c.json({ muted: true }, 200);
  });
  app.openapi(unmute, async (c) => {
    await change(c, c.req.valid("param").user, "mute", false);
    return c.json({ muted: false }, 200);
  });
  app.openapi(block, async (c) => {
    await change(c, c.req.valid("param").user, "block", true);
    return c.json({ blocked: true }, 200);
  });
  app.openapi(unblock, async (c) => {
    await change(c, c.req.valid("param").user, "block", false);
    return c.json({ blocked: false }, 200);
  });
}
