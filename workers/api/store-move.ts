/** Administration of the store's places: where buckets are, and moving them. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { MOVE_PHASES, shareDone } from "../../db/places/move-state.ts";
import { TABLES } from "../../db/rows.ts";
import { BUCKETS } from "../../feed/limits.ts";
import { named } from "../../feed/wire-examples.ts";
import { moveSome, placesOf } from "../admin/move.ts";
import type { Deps } from "../deps.ts";
import { ADMIN } from "./admin-only.ts";
import { body, json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { boundedBody } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";

const RUN_MIN_CHARS = 8;
const RUN_MAX_CHARS = 64;
const PLACE_MAX_CHARS = 40;
const placeSchema = z.string().min(1).max(PLACE_MAX_CHARS);
const bucketSchema = z
  .int()
  .min(0)
  .max(BUCKETS - 1);

const places = createRoute({
  operationId: "listPlaces",
  method: "get",
  path: "/store/places",
  summary: "The places of the store, and how many buckets are in each",
  tags: ["Administration"],
  security: ADMIN,
  request: { query: noQuery },
  responses: {
    200: json(
      z
        .object({ places: z.array(z.object({ name: z.string(), buckets: z.int() })) })
        .meta(named("StorePlaces")),
      "The places between which buckets can move",
    ),
    ...problems("forbidden", "not_found"),
  },
});

const move = createRoute({
  operationId: "moveBuckets",
  method: "post",
  path: "/store/move",
  summary: "Move some buckets of the store to other places, while it is in use",
  description:
    "Each call works for some seconds. The first call of a run has `begin` true, which ends every other run, and " +
    "`from` null; the next ones repeat it with `from` of the answer before, until that is null.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: {
    query: noQuery,
    body: body(
      z
        .strictObject({
          run: z.string().min(RUN_MIN_CHARS).max(RUN_MAX_CHARS),
          begin: z.boolean(),
          from: placeSchema.nullable(),
          to: z.array(placeSchema).min(1).max(BUCKETS),
          buckets: z
            .tuple([bucketSchema, bucketSchema])
            .refine(([first, last]) => first <= last, "the first bucket comes after the last"),
        })
        .meta(named("BucketsToMove")),
    ),
  },
  responses: {
    200: json(
      z
        .object({
          from: z.string().nullable(),
          left: z.int().nullable(),
          stopped: z.string().nullable(),
          moving: z
            .object({
              phase: z.enum(MOVE_PHASES),
              table: z.enum(TABLES),
              buckets: z.int(),
              share: z.number(),
              copied: z.int(),
              compared: z.int(),
              deleted: z.int(),
            })
            .nullable(),
        })
        .meta(named("MoveStep")),
      "The place whose buckets move, what happens to them, and why the run can't go on",
    ),
    ...problems("forbidden", "not_found"),
  },
});

/** Checks that rows can move to and from these places. @throws ApiProblem invalid_request */
function assertPlaces({ router }: Deps, path: string, names: readonly string[]): void {
  const known = router.places.filter(({ mover }) => mover !== null).map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const detail = `Rows can move between ${known.join(", ") || "no places"}, and not ${unknown.join(", ")}.`;
  throw new ApiProblem("invalid_request", detail, {
    violations: [{ path, message: "not a place between which rows can move" }],
  });
}

/** Registers the routes. */
export function storeMoveRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(places, async (c) => c.json({ places: await placesOf(c.var.deps) }, 200));

  app.openapi(move, async (c) => {
    const { deps } = c.var;
    const request = c.req.valid("json");
    assertPlaces(deps, "to", request.to);
    assertPlaces(deps, "from", request.from === null ? [] : [request.from]);
    const { from, left, state, stopped } = await moveSome(deps, request);
    const moving =
      state === null
        ? null
        : {
            phase: state.phase,
            table: TABLES[state.table] ?? "users",
            buckets: state.moves.length,
            share: shareDone(state),
            copied: state.copied,
            compared: state.compared,
            deleted: state.deleted,
          };
    return c.json({ from, left, stopped, moving }, 200);
  });
}
