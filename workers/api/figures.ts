/** The figures of the deployment: for the operations page, and as text for anyone's own tools. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { EXPOSITION_TYPE, exposition } from "../../feed/metrics/exposition.ts";
import { figuresSchema } from "../../feed/metrics/wire-figures.ts";
import { readFigures } from "../metrics/figures.ts";
import { ADMIN, adminOnly } from "./admin-only.ts";
import { json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { dependencies } from "./middleware.ts";

const figuresRoute = createRoute({
  operationId: "readFigures",
  method: "get",
  path: "/figures",
  summary: "Figures of the whole deployment",
  description:
    "Sums by region since the time beside them, each under a key `name` or `name:label`. " +
    "Times are histograms in milliseconds: bucket n holds times above 2^((n-1)/4) and up to 2^(n/4).",
  tags: ["Administration"],
  security: ADMIN,
  request: { query: noQuery },
  responses: {
    200: json(figuresSchema, "The current figures"),
    ...problems("forbidden", "not_found"),
  },
});

const readMetrics = createRoute({
  operationId: "readMetrics",
  method: "get",
  path: "/metrics",
  summary: "The same figures in Prometheus' text format",
  tags: ["Operations"],
  security: ADMIN,
  request: { query: noQuery },
  responses: {
    200: {
      description: "Text format 0.0.4",
      content: { "text/plain": { schema: z.string() } },
    },
    ...problems("forbidden", "not_found"),
  },
});

/** Registers the route of the operations page, among those of the administration. */
export function figureRoutes(admin: OpenAPIHono<AppEnv>): void {
  admin.openapi(figuresRoute, async (c) => {
    const { snapshots, missing, backlog } = await readFigures(c.env, c.var.deps);
    const regions = Object.entries(snapshots).map(([region, { sinceMs, sums }]) => ({
      region,
      since: new Date(sinceMs).toISOString(),
      counters: sums.counters,
      timings: sums.timings,
    }));
    c.header("cache-control", "no-store");
    return c.json(
      { at: new Date(c.var.deps.nowMs()).toISOString(), regions, missing, backlog },
      200,
    );
  });
}

/** Registers `/metrics`. */
export function metricRoutes(app: OpenAPIHono<AppEnv>): void {
  app.use(readMetrics.path, dependencies, adminOnly);
  app.openapi(readMetrics, async (c) => {
    const { snapshots, backlog } = await readFigures(c.env, c.var.deps);
    const text = exposition(snapshots, backlog);
    return c.text(text, 200, { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" });
  });
}
