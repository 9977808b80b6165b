/** Like and repost. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ReactionKind } from "../../db/store.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import { EXAMPLES } from "../../feed/wire-examples.ts";
import { likedSchema, repostedSchema } from "../../feed/wire.ts";
import { isBlocked } from "../hidden.ts";
import { setReaction } from "../write/reactions.ts";
import { locationHint } from "../region.ts";
import { json, noQuery, postParams, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { findPost } from "./posts.ts";
import { ApiProblem } from "./problem.ts";

const common = {
  tags: ["Posts"],
  security: TOKEN_NEEDED,
  request: { params: postParams, query: noQuery },
};

const like = createRoute({
  ...common,
  operationId: "likePost",
  method: "put",
  path: "/posts/{id}/like",
  summary: "Like a post",
  responses: { 200: json(likedSchema, "Liked"), ...problems("forbidden", "not_found") },
});

const unlike = createRoute({
  ...common,
  operationId: "unlikePost",
  method: "delete",
  path: "/posts/{id}/like",
  summary: "Undo a like",
  responses: {
    200: json(likedSchema, "Not liked", { ...EXAMPLES.Liked, liked: false }),
    ...problems("not_found"),
  },
});

const repost = createRoute({
  ...common,
  operationId: "repostPost",
  method: "put",
  path: "/posts/{id}/repost",
  summary: "Repost a post",
  responses: { 200: json(repostedSchema, "Reposted"), ...problems("forbidden", "not_found") },
});

const unrepost = createRoute({
  ...common,
  operationId: "unrepostPost",
  method: "delete",
  path: "/posts/{id}/repost",
  summary: "Undo a repost",
  responses: {
    200: json(repostedSchema, "Not reposted", { ...EXAMPLES.Reposted, reposted: false }),
    ...problems("not_found"),
  },
});

async function change(
  c: Context<AppEnv>,
  id: string,
  kind: ReactionKind,
  active: boolean,
): Promise<Counts> {
  const { deps } = c.var;
  const actor = me(c);
  const post = await findPost(deps, id);
  if (active && (await isBlocked(deps, actor, post.author.id))) {
    throw new ApiProblem("forbidden", "One of you has blocked the other.");
  }
  const request = { actor, kind, post, active };
  const outcome = await setReaction(deps, request, locationHint(c.req.raw));
  if (outcome.status === "done") return outcome.counts;
  throw new ApiProblem("unauthenticated", "This account no longer exists.");
}

/** Registers the routes. */
export function reactionRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(like, async (c) => {
    const counts = await change(c, c.req.valid("param").id, "like", true);
    return c.json({ liked: true, counts }, 200);
  });
  app.openapi(unlike, async (c) => {
    const counts = await change(c, c.req.valid("param").id, "like", false);
    return c.json({ liked: false, counts }, 200);
  });
  app.openapi(repost, async (c) => {
    const counts = await change(c, c.req.valid("param").id, "repost", true);
    return c.json({ reposted: true, counts }, 200);
  });
  app.openapi(unrepost, async (c) => {
    const counts = await change(c, c.req.valid("param").id, "repost", false);
    return c.json({ reposted: false, counts }, 200);
  });
}
