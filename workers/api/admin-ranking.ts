/** Administration of ranking: the current model, and the training log. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { isId } from "../../feed/ids.ts";
import { MODEL_MAX_BYTES, PAGE_EFFECT_MS } from "../../feed/limits.ts";
import { readLog } from "../rank/training-log-reader.ts";
import { forgetViewer } from "../engagement/training-log.ts";
import { named } from "../../feed/wire-examples.ts";
import { modelDocumentSchema } from "../../feed/rank/model-document.ts";
import { ADMIN } from "./admin-only.ts";
import { body, json, noQuery, problems, switchSchema, userParams } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { invalidRequest } from "./invalid.ts";
import { boundedBody, bodyUpTo } from "./middleware.ts";
import { wrongCursor } from "./paging.ts";
import { ApiProblem } from "./problem.ts";
import { findUser } from "./users.ts";

const TAGS = ["Administration"];

const readModel = createRoute({
  operationId: "readModel",
  method: "get",
  path: "/model",
  summary: "The current ranking model",
  description:
    "The model of this location; `refused` is the fault of the one in KV, if it has one.",
  tags: TAGS,
  security: ADMIN,
  request: { query: noQuery },
  responses: {
    200: json(
      z
        .object({
          name: z.string(),
          from: z.enum(["kv", "default"]),
          refused: z.string().nullable(),
        })
        .meta(named("ModelStatus")),
      "The model",
    ),
    ...problems("forbidden", "not_found"),
  },
});

const putModel = createRoute({
  operationId: "replaceModel",
  method: "put",
  path: "/model",
  summary: "Replace the ranking model",
  description: "The document is checked first; pages use it within a minute.",
  tags: TAGS,
  security: ADMIN,
  middleware: bodyUpTo(MODEL_MAX_BYTES),
  request: {
    query: noQuery,
    body: body(z.looseObject({}).meta({ id: "ModelDocument" })),
  },
  responses: {
    200: json(z.object({ name: z.string() }).meta(named("ModelName")), "The model's name"),
    ...problems("forbidden", "not_found"),
  },
});

const readRankLog = createRoute({
  operationId: "readRankLog",
  method: "get",
  path: "/rank-log",
  summary: "The training log",
  description:
    "Served pages, each a line of JSON (see docs/ranking.md), with the viewer's actions within an " +
    "hour. `recent=true` includes pages of the last hour.",
  tags: TAGS,
  security: ADMIN,
  request: {
    query: z.strictObject({
      cursor: z.string().max(100).optional(),
      recent: switchSchema,
    }),
  },
  responses: {
    200: json(
      z
        .object({ items: z.array(z.string()), next: z.string().nullable() })
        .meta(named("RankLogPage")),
      "Lines of the log",
    ),
    ...problems("forbidden", "not_found"),
  },
});

const forgetRoute = createRoute({
  operationId: "forgetViewer",
  method: "delete",
  path: "/rank-log/viewers/{user}",
  summary: "Make an account's lines in the training log anonymous",
  description:
    "Destroys the key under which the log names the account: nothing leads from a line to it.",
  tags: TAGS,
  security: ADMIN,
  middleware: boundedBody,
  request: { params: userParams, query: noQuery },
  responses: { 204: { description: "Forgotten" }, ...problems("forbidden", "not_found") },
});

/** Registers the routes. */
export function adminRankingRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(readModel, async (c) => c.json(await c.var.deps.models.status(), 200));

  app.openapi(putModel, async (c) => {
    const parsed = modelDocumentSchema.safeParse(await c.req.json());
    if (!parsed.success) throw invalidRequest(parsed.error);
    const put = await c.var.deps.models.put(JSON.stringify(parsed.data));
    if (!put.ok) throw new ApiProblem("invalid_request", put.error);
    console.warn("the ranking model was replaced", { name: put.name, requestId: c.var.requestId });
    return c.json({ name: put.name }, 200);
  });

  app.openapi(forgetRoute, async (c) => {
    const { deps } = c.var;
    const { id } = await findUser(deps, c.req.valid("param").user);
    await forgetViewer(deps, id);
    return c.body(null, 204);
  });

  app.openapi(readRankLog, async (c) => {
    const { deps } = c.var;
    const { cursor, recent } = c.req.valid("query");
    const beforeMs = deps.nowMs() - (recent === "true" ? 0 : PAGE_EFFECT_MS);
    return c.json(
      await readLog(deps, cursor === undefined ? null : placeOf(cursor), beforeMs),
      200,
    );
  });
}

function placeOf(cursor: string): { viewer: string; id: string } {
  const [viewer = "", id = "", ...rest] = cursor.split(".");
  if (!isId(viewer) || !isId(id) || rest.length > 0) throw wrongCursor();
  return { viewer, id };
}
