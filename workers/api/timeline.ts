/** GET /v1/timeline. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { impressionsEvent } from "../../feed/export/events.ts";
import { newImpressionsSchema, pageQuerySchema } from "../../feed/wire-requests.ts";
import { timelineSchema } from "../../feed/wire.ts";
import { locationHint } from "../region.ts";
import { Stages } from "../metrics/stages.ts";
import { readTimeline } from "../timeline/read.ts";
import { recordReport } from "../engagement/record-report.ts";
import { body, json, noQuery, problems, switchSchema, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me, requireSession } from "./middleware.ts";
import { wrongCursor } from "./paging.ts";

const timelineRoute = createRoute({
  operationId: "readTimeline",
  method: "get",
  path: "/timeline",
  summary: "The home timeline",
  description:
    "The order of a ranked scroll is computed for its first page and stays as it is; what was not " +
    "ranked follows newest first, to the beginning of history. `order` in the answer says which was served.",
  tags: ["Timeline"],
  security: TOKEN_NEEDED,
  request: {
    query: pageQuerySchema.extend({
      order: z.enum(["ranked", "latest"]).optional().meta({
        description: "The order. By default that of the cursor; without a cursor, `ranked`.",
      }),
      explain: switchSchema.meta({
        description: "Adds to each ranked item why it is where it is.",
      }),
    }),
  },
  responses: { 200: json(timelineSchema, "A page of items"), ...problems() },
});

const reportImpressions = createRoute({
  operationId: "reportImpressions",
  method: "post",
  path: "/timeline/impressions",
  summary: "Report impressions",
  description: "For ranking and training.",
  tags: ["Timeline"],
  security: TOKEN_NEEDED,
  request: { query: noQuery, body: body(newImpressionsSchema) },
  responses: { 202: { description: "Taken in" }, ...problems() },
});

/** Registers the routes. */
export function timelineRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(timelineRoute, async (c) => {
    const { cursor = null, order = null, limit, explain } = c.req.valid("query");
    const stages = new Stages();
    const who = { viewer: me(c), hint: locationHint(c.req.raw), stages };
    const ask = { ...who, order, cursor, limit, explain: explain === "true" };
    const afterwards = (work: Promise<void>): void => c.executionCtx.waitUntil(work);
    const page = await readTimeline(c.var.deps, { ...ask, afterwards });
    await requireSession(c);
    if (page === null) throw wrongCursor();
    stages.record(c.var.deps.meter);
    c.header("server-timing", stages.header());
    return c.json(page, 200);
  });

  app.openapi(reportImpressions, async (c) => {
    const { deps } = c.var;
    const viewer = me(c);
    const { items } = c.req.valid("json");
    const report = { id: deps.newId(viewer), viewer, items };
    // The event goes first: a client whose report failed sends it again, and the history counts it once.
    await deps.events?.send([impressionsEvent(report)]);
    await recordReport(deps, report, locationHint(c.req.raw), (work) =>
      c.executionCtx.waitUntil(work),
    );
    return c.body(null, 202);
  });
}
