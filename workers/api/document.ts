/** The published OpenAPI document: what the routes say, in the order in which a reader needs it. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import { neededScope } from "../../feed/admin-access.ts";
import { webhookBodySchema } from "../../feed/export/webhook-body.ts";
import type { AppEnv } from "./env.ts";

/** The groups of operations, from the first that a client needs to those of operators. */
const GROUPS = [
  { name: "Accounts", description: "Sign up, sign in, and who one is." },
  { name: "Posts", description: "Publish, read and delete posts; replies, likes and reposts." },
  { name: "Timeline", description: "The home timeline, ranked or newest first." },
  { name: "Live", description: "What changes in the timeline, over a WebSocket." },
  { name: "Graph", description: "Users, and whom they follow, mute and block." },
  { name: "Webhooks", description: "Every change, sent to an address of yours." },
  { name: "Administration", description: "For holders of the ADMIN_TOKEN; 404 where none is set." },
  { name: "Operations", description: "Health and figures, for monitoring." },
];

const METHODS = ["get", "put", "post", "patch", "delete"] as const;

/** The parts of a path that sorting and scopes need. */
interface Operation {
  tags?: string[];
  security?: Record<string, string[]>[];
}
type PathItem = Partial<Record<(typeof METHODS)[number], Operation>>;

/** Makes the document from all registered routes. */
export function publishedDocument(app: OpenAPIHono<AppEnv>) {
  registerWebhook(app);
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The token of a session, or of a trusted issuer.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "adminToken", {
    type: "http",
    scheme: "bearer",
    description: "The secret ADMIN_TOKEN, or the token of a key with the scope of the call.",
  });
  const {
    paths = {},
    info,
    ...document
  } = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Skein",
      version,
      description: "A home timeline: post, and every follower sees it within seconds.",
    },
    // The document is served by the Skein that it describes.
    servers: [{ url: "/", description: "The Skein that serves this document." }],
    tags: GROUPS,
  });
  const sorted = Object.entries(paths).sort(([, one], [, other]) => groupOf(one) - groupOf(other));
  for (const [path, item] of sorted) addScope(path, item);
  return {
    ...document,
    info: { ...info, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths: Object.fromEntries(sorted),
  };
}

/** What Skein itself sends, where `EXPORT` is `webhook`. */
function registerWebhook(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerWebhook({
    operationId: "receiveEvents",
    method: "post",
    path: "events",
    summary: "Skein sends a batch of events",
    description:
      "Signed as Standard Webhooks says. A batch that is not taken comes again, for three days, alone or with " +
      "other events; so an event may come twice, and in any order.",
    tags: ["Webhooks"],
    security: [],
    request: {
      headers: z.object({
        "webhook-id": z
          .string()
          .meta({ description: "The same for every attempt with the same events." }),
        "webhook-timestamp": z
          .string()
          .meta({ description: "The time of this attempt, in seconds since 1970." }),
        "webhook-signature": z.string().meta({
          description: "A signature for each secret, `v1,` and base64, separated by spaces.",
        }),
      }),
      body: { required: true, content: { "application/json": { schema: webhookBodySchema } } },
    },
    responses: {
      204: { description: "Taken, as with every other status of 2xx" },
      400: { description: "These events are refused, as with 413 and 422: others are sent" },
    },
  });
}

/** Names the scope that a key needs for the administrators' calls of a path. */
function addScope(path: string, item: PathItem): void {
  const scope = neededScope(path);
  for (const method of METHODS) {
    const operation = item[method];
    // All operations share one list of this kind.
    if (scope !== null && operation?.security?.[0]?.["adminToken"] !== undefined) {
      operation.security = [{ adminToken: [scope] }];
    }
  }
}

/** The place of a path among the groups: that of its first operation. */
function groupOf(item: PathItem): number {
  const [tag] = METHODS.flatMap((method) => item[method]?.tags ?? []);
  return GROUPS.findIndex(({ name }) => name === tag);
}
