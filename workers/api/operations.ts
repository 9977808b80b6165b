/** Health, and the API's own description. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import { readConfig } from "../config.ts";
import { json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";

const readHealth = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the Worker answers",
  tags: ["Operations"],
  request: { query: noQuery },
  responses: {
    200: json(z.object({ status: z.literal("ok"), version: z.string() }), "It answers"),
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

  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "adminToken", {
    type: "http",
    scheme: "bearer",
    description: "The secret ADMIN_TOKEN.",
  });
  // The document never changes, so the first request builds it for the isolate.
  let document: string | null = null;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Skein",
          version,
          description: "A home timeline: post, and every follower sees it within seconds.",
        },
      }),
    );
    return c.body(document, 200, { "content-type": "application/json" });
  });
}
