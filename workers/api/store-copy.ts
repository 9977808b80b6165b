/** Administration of the store as a whole: copying it into another one, and checking the copy. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type Table, TABLES } from "../../db/rows.ts";
import { named } from "../../feed/wire-examples.ts";
import type { Config } from "../config.ts";
import { copyPiece, digestPiece } from "../admin/copy.ts";
import { ADMIN } from "./admin-only.ts";
import { body, json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { boundedBody } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";
import { rowStoreOf, type StoreName } from "../deps.ts";

const storeSchema = z.enum(["d1", "upstash"]);
const tableSchema = z.enum(TABLES);
/** Longest position: it may name a few hundred keys of Redis. */
const CURSOR_MAX_CHARS = 60_000;
const cursorSchema = z.string().max(CURSOR_MAX_CHARS).nullable();

const copy = createRoute({
  operationId: "copyRows",
  method: "post",
  path: "/store/copy",
  summary: "Copy a piece of a table from one store to the other",
  description:
    "`next` goes back as `cursor`. A piece may be copied again. Never into the store in use; and only " +
    "while Skein is closed (CLOSED), or with `whileOpen` true: data written meanwhile may be missing.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: {
    query: noQuery,
    body: body(
      z
        .strictObject({
          from: storeSchema,
          to: storeSchema,
          table: tableSchema,
          cursor: cursorSchema,
          whileOpen: z.boolean().default(false),
        })
        .meta(named("RowsToCopy")),
    ),
  },
  responses: {
    200: json(
      z.object({ rows: z.int(), next: z.string().nullable() }).meta(named("CopiedRows")),
      "The copied rows",
    ),
    ...problems("not_found"),
  },
});

const digests = createRoute({
  operationId: "readDigests",
  method: "post",
  path: "/store/digests",
  summary: "Digests of a piece of a table, for comparing two stores",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: {
    query: noQuery,
    body: body(
      z
        .strictObject({ store: storeSchema, table: tableSchema, cursor: cursorSchema })
        .meta(named("RowsToDigest")),
    ),
  },
  responses: {
    200: json(
      z
        .object({
          digests: z.array(z.tuple([z.string(), z.string()])),
          next: z.string().nullable(),
        })
        .meta(named("RowDigests")),
      "Two digests for each row: of its key, and of the whole row",
    ),
    ...problems("not_found"),
  },
});

function opened(env: Env, name: StoreName) {
  const store = rowStoreOf(env, name);
  if (store !== null) return store;
  const what = "UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN";
  throw new ApiProblem("not_found", `This store is not configured: set ${what}.`);
}

/** Whether a store may be written over. @throws ApiProblem invalid_request */
function assertMayCarry(
  config: Config,
  { from, to, whileOpen }: { from: StoreName; to: StoreName; whileOpen: boolean },
): void {
  if (from === to) {
    throw new ApiProblem("invalid_request", "A store can't be copied into itself.", {
      violations: [{ path: "to", message: "the same as from" }],
    });
  }
  if (to === config.STORE) {
    const detail = `Skein uses ${to}: copying ${from} into it would undo newer writes.`;
    throw new ApiProblem("invalid_request", detail, {
      violations: [{ path: "to", message: "the store in use" }],
    });
  }
  if (config.CLOSED === "on" || whileOpen) return;
  const detail = 'Skein is open: set CLOSED = "on", or what is written meanwhile may be missing.';
  throw new ApiProblem("invalid_request", detail, {
    violations: [{ path: "whileOpen", message: "needed while Skein is open" }],
  });
}

/** Runs work with a position from the client, which may be invalid. */
async function atPosition<T>(
  at: { table: Table; cursor: string | null },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (at.cursor === null || !(error instanceof SyntaxError || error instanceof z.ZodError)) {
      throw error;
    }
    throw new ApiProblem("invalid_request", "The cursor does not belong to this table.", {
      violations: [{ path: "cursor", message: "not a cursor of this table" }],
    });
  }
}

/** Registers the routes. */
export function storeCopyRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(copy, async (c) => {
    const { from, to, whileOpen, ...at } = c.req.valid("json");
    assertMayCarry(c.var.deps.config, { from, to, whileOpen });
    const [source, target] = [opened(c.env, from), opened(c.env, to)];
    const done = await atPosition(at, () => copyPiece(c.var.deps, source, target, at));
    return c.json(done, 200);
  });

  app.openapi(digests, async (c) => {
    const { store, ...at } = c.req.valid("json");
    const source = opened(c.env, store);
    return c.json(await atPosition(at, () => digestPiece(c.var.deps, source, at)), 200);
  });
}
