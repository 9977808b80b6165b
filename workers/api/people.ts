/** Finding people, and whom one has muted or blocked. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { decodeBelow, encodeBelow } from "../../feed/cursor.ts";
import { pageQuerySchema } from "../../feed/wire-requests.ts";
import { userListSchema } from "../../feed/wire.ts";
import { suggestionsFor } from "../suggestions.ts";
import { json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { cursorOf } from "./paging.ts";
import { presentUsers } from "./users.ts";

const listSuggestions = createRoute({
  operationId: "listSuggestions",
  method: "get",
  path: "/suggestions",
  summary: "Users to follow",
  description:
    "Up to 20: whom a sample of those you follow follow, then accounts that the operator suggests. " +
    "Nobody whom you follow, have muted or blocked, or who has blocked you.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { query: noQuery },
  responses: { 200: json(userListSchema, "The users; `next` is null"), ...problems() },
});

const listMutes = createRoute({
  operationId: "listMutes",
  method: "get",
  path: "/me/mutes",
  summary: "Whom you have muted",
  description: "In order of their ids, so those with the oldest accounts first.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems() },
});

const listBlocks = createRoute({
  operationId: "listBlocks",
  method: "get",
  path: "/me/blocks",
  summary: "Whom you have blocked",
  description: "In order of their ids, so those with the oldest accounts first.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems() },
});

/** A page of those to whom the caller has a relation. */
async function relatedUsers(
  c: Context<AppEnv>,
  kind: "mute" | "block",
  { cursor, limit }: { cursor?: string | undefined; limit: number },
) {
  const { deps } = c.var;
  const viewer = me(c);
  const list = kind === "mute" ? "mutes" : "blocks";
  const after = cursorOf(cursor, (text) => decodeBelow(list, text));
  const page = await deps.store.relations.targets(viewer, kind, after, limit);
  const accounts = await deps.store.accounts.byIds(page.items);
  const present = page.items.flatMap((id) => accounts.get(id) ?? []);
  return {
    items: await presentUsers(deps, present, viewer),
    next: page.next === null ? null : encodeBelow(list, page.next),
  };
}

/** Registers the routes. */
export function peopleRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listSuggestions, async (c) => {
    const viewer = me(c);
    const accounts = await suggestionsFor(c.var.deps, viewer);
    return c.json({ items: await presentUsers(c.var.deps, accounts, viewer), next: null }, 200);
  });
  app.openapi(listMutes, async (c) =>
    c.json(await relatedUsers(c, "mute", c.req.valid("query")), 200),
  );
  app.openapi(listBlocks, async (c) =>
    c.json(await relatedUsers(c, "block", c.req.valid("query")), 200),
  );
}
