/** The published OpenAPI document: what the routes say, in the order in which a reader needs it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../package.json";
import type { AppEnv } from "./env.ts";

/** The groups of operations, from the first that a client needs to those of operators. */
const GROUPS = [
  { name: "Accounts", description: "Sign up, sign in, and who one is." },
  { name: "Posts", description: "Publish, read and delete posts; replies, likes and reposts." },
  { name: "Timeline", description: "The home timeline, ranked or newest first." },
  { name: "Live", description: "What changes in the timeline, over a WebSocket." },
  { name: "Graph", description: "Users, and whom they follow, mute and block." },
  { name: "Administration", description: "For holders of the ADMIN_TOKEN; 404 where none is set." },
  { name: "Operations", description: "Health and figures, for monitoring." },
];

/** The part of a path that sorting needs. */
type PathItem = Partial<Record<"get" | "put" | "post" | "delete", { tags?: string[] }>>;

/** Makes the document from all registered routes. */
export function publishedDocument(app: OpenAPIHono<AppEnv>) {
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
  return {
    ...document,
    info: { ...info, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths: Object.fromEntries(sorted),
  };
}

/** The place of a path among the groups: that of its first operation. */
function groupOf({ get, put, post, delete: remove }: PathItem): number {
  const [tag] = (get ?? put ?? post ?? remove)?.tags ?? [];
  return GROUPS.findIndex(({ name }) => name === tag);
}
