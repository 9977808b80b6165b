/** GET /v1/timeline. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { idBucket } from "../../feed/ids.ts";
import { telling } from "../events/event-queue.ts";
import { impressionsJob } from "../jobs/plan.ts";
import { decodeScroll, encodeScroll } from "../../feed/cursor.ts";
import { newImpressionsSchema, pageQuerySchema, timelineSchema } from "../../feed/wire.ts";
import { locationHint } from "../region.ts";
import { Stages } from "../stages.ts";
import { latestPage } from "../timeline/page.ts";
import { body, json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { cursorOf } from "./paging.ts";

const readTimeline = createRoute({
  method: "get",
  path: "/timeline",
  summary: "The home timeline",
  description: "`order` in the answer says which order was served.",
  tags: ["Timeline"],
  security: TOKEN_NEEDED,
  request: {
    query: pageQuerySchema.extend({
      order: z.enum(["ranked", "latest"]).default("ranked"),
      explain: z
        .enum(["true", "false"])
        .default("false")
        .meta({ description: "With why each item is where it is; ranked only." }),
    }),
  },
  responses: { 200: json(timelineSchema, "A page of items"), ...problems() },
});

const reportImpressions = createRoute({
  method: "post",
  path: "/timeline/impressions",
  summary: "Report what was seen",
  description: "For ranking and training.",
  tags: ["Timeline"],
  security: TOKEN_NEEDED,
  request: { query: noQuery, body: body(newImpressionsSchema) },
  responses: { 202: { description: "Taken in" }, ...problems() },
});

/** Registers the routes. */
export function timelineRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(readTimeline, async (c) => {
    const viewer = me(c);
    const { cursor, limit } = c.req.valid("query");
    const position = cursorOf(cursor, decodeScroll);
    const stages = new Stages();
    const hint = locationHint(c.req.raw);
    const page = await latestPage(c.var.deps, { viewer, position, limit, hint, stages });
    stages.record(c.var.deps.meter);
    c.header("server-timing", stages.header());
    return c.json(
      {
        items: page.items,
        next: page.next === null ? null : encodeScroll(page.next),
        order: "latest" as const,
        partial: page.partial,
      },
      200,
    );
  });

  app.openapi(reportImpressions, async (c) => {
    const { deps } = c.var;
    const viewer = me(c);
    const { items } = c.req.valid("json");
    const job = impressionsJob(deps.newId(idBucket(viewer)), viewer, items);
    await deps.queues.send(telling(deps.events, "impressions", [job]));
    return c.body(null, 202);
  });
}
