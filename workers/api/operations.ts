/** Health, and the API's own description. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import { named } from "../../feed/wire-examples.ts";
import { readConfig } from "../config.ts";
import { json, noQuery, problems } from "./contract.ts";
import { publishedDocument } from "./document.ts";
import type { AppEnv } from "./env.ts";

const healthSchema = z
  .object({ status: z.literal("ok"), version: z.string() })
  .meta(named("Health"));

const readHealth = createRoute({
  operationId: "readHealth",
  method: "get",
  path: "/healthz",
  summary: "Whether the Worker answers",
  tags: ["Operations"],
  request: { query: noQuery },
  responses: {
    200: json(healthSchema, "It answers"),
    ...problems(),
  },
});

/** Registers the routes. */
export function operationRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(readHealth, (c) => {
    // With an invalid configuration nothing else would answer; the log says what to set.
    readConfig(c.env);
    return c.json({ status: "ok" as const, version }, 200);
  });

  // The document never changes, so the first request builds it for the isolate.
  let text: string | null = null;
  app.get("/openapi.json", (c) => {
    text ??= JSON.stringify(publishedDocument(app));
    return c.body(text, 200, { "content-type": "application/json" });
  });
}
