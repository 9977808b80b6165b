/** How the caller steers their ranked order: /v1/me/ranking and /v1/posts/{id}/taste. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { NO_STEERING, type Steering, type SteeringChange } from "../../feed/rank/steering.ts";
import {
  newRankingSchema,
  newTasteSchema,
  type Ranking,
  rankingSchema,
  tastedSchema,
} from "../../feed/wire-ranking.ts";
import { locationHint } from "../region.ts";
import { changeSteering, readSteering } from "../rank/steering.ts";
import { body, json, noQuery, postParams, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { findPost } from "./posts.ts";
import { ApiProblem } from "./problem.ts";

const common = { tags: ["Timeline"], security: TOKEN_NEEDED };
const answers = { 200: json(rankingSchema, "How the order is steered now"), ...problems() };

const read = createRoute({
  ...common,
  operationId: "readRanking",
  method: "get",
  path: "/me/ranking",
  summary: "How the caller steers their ranked order",
  request: { query: noQuery },
  responses: answers,
});

const set = createRoute({
  ...common,
  operationId: "setRanking",
  method: "put",
  path: "/me/ranking",
  summary: "Set the sliders of the ranked order",
  description: "The next scroll is ranked by them. Tastes stay as they are.",
  request: { query: noQuery, body: body(newRankingSchema) },
  responses: answers,
});

const reset = createRoute({
  ...common,
  operationId: "resetRanking",
  method: "delete",
  path: "/me/ranking",
  summary: "Go back to the usual order",
  description: "Sets every slider to 1 and takes back all tastes.",
  request: { query: noQuery },
  responses: answers,
});

const setTaste = createRoute({
  ...common,
  operationId: "setTaste",
  method: "put",
  path: "/posts/{id}/taste",
  summary: "Ask for more or less like a post",
  description:
    "Raises or lowers the author in the caller's ranked order. Two tastes about an author count, further ones do " +
    "not. `null` takes the taste back. The oldest taste goes when there are too many.",
  request: { params: postParams, query: noQuery, body: body(newTasteSchema) },
  responses: { 200: json(tastedSchema, "The taste now"), ...problems("not_found") },
});

function present({ sliders, tastes }: Steering): Ranking {
  return {
    ...sliders,
    tastes: tastes.map(({ post, author, taste }) => ({ postId: post, authorId: author, taste })),
  };
}

async function change(c: Context<AppEnv>, wanted: SteeringChange): Promise<Steering> {
  const changed = await changeSteering(c.var.deps, me(c), wanted, locationHint(c.req.raw));
  if (changed !== null) return changed;
  throw new ApiProblem("unauthenticated", "This account no longer exists.");
}

/** Registers the routes. */
export function rankingRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(read, async (c) =>
    c.json(present((await readSteering(c.var.deps, me(c))) ?? NO_STEERING), 200),
  );
  app.openapi(set, async (c) => {
    const sliders = c.req.valid("json");
    return c.json(present(await change(c, { kind: "sliders", sliders })), 200);
  });
  app.openapi(reset, async (c) => c.json(present(await change(c, { kind: "reset" })), 200));
  app.openapi(setTaste, async (c) => {
    const { taste } = c.req.valid("json");
    const { id } = c.req.valid("param");
    // A taste about a post that is gone can still be taken back.
    const found = taste === null ? { id, author: { id: "" } } : await findPost(c.var.deps, id);
    await change(c, { kind: "taste", post: found.id, author: found.author.id, taste });
    return c.json({ taste }, 200);
  });
}
