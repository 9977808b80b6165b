/** Administrators' keys, and the log of what administrators did. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AdminKey } from "../../feed/admin-access.ts";
import {
  ADMIN_KEY_TTL_DEFAULT_MS,
  ADMIN_KEY_TTL_MAX_MS,
  ADMIN_KEYS_MAX,
  ADMIN_USES_PAGE,
} from "../../feed/limits-protection.ts";
import {
  adminKeyListSchema,
  adminUseListSchema,
  madeAdminKeySchema,
  newAdminKeySchema,
} from "../../feed/wire-admin.ts";
import { ADMIN } from "./admin-only.ts";
import { body, json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { boundedBody } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";

const createKey = createRoute({
  operationId: "createAdminKey",
  method: "post",
  path: "/keys",
  summary: "Make a key for administrators that may do less than the ADMIN_TOKEN",
  description: "With the ADMIN_TOKEN alone. The token is in this answer and nowhere else.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: { query: noQuery, body: body(newAdminKeySchema) },
  responses: {
    201: json(madeAdminKeySchema, "The key and its token"),
    ...problems("forbidden", "not_found", "limit_reached"),
  },
});

const listKeys = createRoute({
  operationId: "listAdminKeys",
  method: "get",
  path: "/keys",
  summary: "The administrators' keys",
  tags: ["Administration"],
  security: ADMIN,
  request: { query: noQuery },
  responses: { 200: json(adminKeyListSchema, "All keys"), ...problems("forbidden", "not_found") },
});

const deleteKey = createRoute({
  operationId: "deleteAdminKey",
  method: "delete",
  path: "/keys/{id}",
  summary: "End a key, everywhere within a minute",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: {
    params: z.object({ id: z.string().meta({ example: "0011223344556677" }) }),
    query: noQuery,
  },
  responses: { 204: { description: "Ended" }, ...problems("forbidden", "not_found") },
});

const listUses = createRoute({
  operationId: "listAdminUses",
  method: "get",
  path: "/uses",
  summary: "What administrators did, newest first",
  description: "Each use but reads; equal ones within a minute are one item.",
  tags: ["Administration"],
  security: ADMIN,
  request: {
    query: z.strictObject({
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, "not a cursor of this list")
        .optional(),
    }),
  },
  responses: {
    200: json(adminUseListSchema, "A page of uses"),
    ...problems("forbidden", "not_found"),
  },
});

function presentKey({ id, name, scopes, createdMs, expiresMs }: AdminKey) {
  const at = (ms: number) => new Date(ms).toISOString();
  return { id, name, scopes, createdAt: at(createdMs), expiresAt: at(expiresMs) };
}

/** When a new key expires. @throws ApiProblem invalid_request */
function expiryOf(expiresAt: string | undefined, nowMs: number): number {
  if (expiresAt === undefined) return nowMs + ADMIN_KEY_TTL_DEFAULT_MS;
  const expiresMs = Date.parse(expiresAt);
  if (expiresMs > nowMs && expiresMs <= nowMs + ADMIN_KEY_TTL_MAX_MS) return expiresMs;
  const message = "in the past, or more than a year ahead";
  throw new ApiProblem("invalid_request", "A key expires within a year.", {
    violations: [{ path: "expiresAt", message }],
  });
}

/** Registers the routes. */
export function adminKeyRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(createKey, async (c) => {
    const { deps } = c.var;
    const { name = "", scopes, expiresAt } = c.req.valid("json");
    const nowMs = deps.nowMs();
    const times = { nowMs, expiresMs: expiryOf(expiresAt, nowMs) };
    const made = await deps.administrators.makeKey({ name, scopes }, times);
    if (made === null) {
      throw new ApiProblem("limit_reached", `There are at most ${ADMIN_KEYS_MAX} keys.`);
    }
    return c.json({ key: presentKey(made.key), token: made.token }, 201);
  });

  app.openapi(listKeys, async (c) => {
    const keys = await c.var.deps.administrators.keys();
    return c.json({ items: keys.map(presentKey), next: null }, 200);
  });

  app.openapi(deleteKey, async (c) => {
    if (!(await c.var.deps.administrators.removeKey(c.req.valid("param").id))) {
      throw new ApiProblem("not_found", "There is no such key.");
    }
    return c.body(null, 204);
  });

  app.openapi(listUses, async (c) => {
    const { cursor } = c.req.valid("query");
    const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const uses = await c.var.deps.administrators.uses(below, ADMIN_USES_PAGE);
    const items = uses.map((use) => ({
      at: new Date(use.atMs).toISOString(),
      by: use.by,
      operation: use.operation,
      subject: use.subject,
      times: use.times,
      requestId: use.requestId,
    }));
    const next = uses.length < ADMIN_USES_PAGE ? null : String(uses.at(-1)?.seq);
    return c.json({ items, next }, 200);
  });
}
