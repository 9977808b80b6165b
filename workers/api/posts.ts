/** Posts: publish, read, delete; a user's posts. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { decodeBelow, encodeBelow } from "../../feed/cursor.ts";
import { BEGINNING, idCeiling, isId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS, IDEMPOTENCY_KEY_MAX_CHARS } from "../../feed/limits.ts";
import { presentEntry, presentPost } from "../../feed/timeline/present.ts";
import { newPostSchema, pageQuerySchema } from "../../feed/wire-requests.ts";
import { postSchema, timelineItemListSchema } from "../../feed/wire.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { withVisibleParents } from "../hidden.ts";
import { viewerPostStates } from "../timeline/viewer-post-state.ts";
import { type PublishOutcome, publish, unpublish } from "../write/publish.ts";
import { locationHint } from "../region.ts";
import {
  body,
  json,
  noQuery,
  postParams,
  problems,
  TOKEN_NEEDED,
  TOKEN_OPTIONAL,
  userParams,
} from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { cursorOf, fullPage } from "./paging.ts";
import { ApiProblem } from "./problem.ts";
import { findUser } from "./users.ts";

const createPost = createRoute({
  operationId: "createPost",
  method: "post",
  path: "/posts",
  summary: "Publish a post",
  tags: ["Posts"],
  security: TOKEN_NEEDED,
  request: {
    query: noQuery,
    headers: z.object({
      "idempotency-key": z.string().min(1).max(IDEMPOTENCY_KEY_MAX_CHARS).optional().meta({
        description: "The same key and body give the same post again for 24 hours.",
      }),
    }),
    body: body(newPostSchema),
  },
  responses: {
    201: json(postSchema, "The post, which reaches every follower"),
    ...problems("forbidden", "not_found", "gone", "idempotency_conflict"),
  },
});

const readPost = createRoute({
  operationId: "readPost",
  method: "get",
  path: "/posts/{id}",
  summary: "A post",
  tags: ["Posts"],
  security: TOKEN_OPTIONAL,
  request: { params: postParams, query: noQuery },
  responses: { 200: json(postSchema, "The post"), ...problems("not_found") },
});

const deletePost = createRoute({
  operationId: "deletePost",
  method: "delete",
  path: "/posts/{id}",
  summary: "Delete your own post",
  tags: ["Posts"],
  security: TOKEN_NEEDED,
  request: { params: postParams, query: noQuery },
  responses: { 204: { description: "Deleted" }, ...problems("forbidden", "not_found") },
});

const listUserPosts = createRoute({
  operationId: "listUserPosts",
  method: "get",
  path: "/users/{user}/posts",
  summary: "A user's posts, newest first",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: pageQuerySchema },
  responses: { 200: json(timelineItemListSchema, "A page of items"), ...problems("not_found") },
});

/** Reads a post. @throws ApiProblem not_found */
export async function findPost(deps: Deps, id: string): Promise<PostBody> {
  const post = isId(id) ? await deps.posts.get(id) : undefined;
  if (post === undefined)
    throw new ApiProblem("not_found", "The post does not exist, or was deleted.");
  return post;
}

function publishedOrThrow(outcome: PublishOutcome): PostBody {
  switch (outcome.status) {
    case "published":
      return outcome.post;
    case "no_account":
      throw new ApiProblem("unauthenticated", "The account is gone.");
    case "no_parent":
      throw new ApiProblem("not_found", "The post to reply to does not exist, or was deleted.");
    case "blocked":
      throw new ApiProblem("forbidden", "One of you has blocked the other.");
    case "deleted":
      throw new ApiProblem("gone", "The post of this Idempotency-Key has been deleted.");
    case "conflict":
      throw new ApiProblem(
        "idempotency_conflict",
        "This Idempotency-Key was used for another post. Use a new one.",
      );
  }
}

function readingRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(readPost, async (c) => {
    const { deps, identity } = c.var;
    const found = await findPost(deps, c.req.valid("param").id);
    const viewer = identity?.user ?? null;
    const [[post = found], known] = await Promise.all([
      withVisibleParents(deps, [found], viewer),
      viewerPostStates(
        deps,
        { posts: [found.id], counts: "newest" },
        viewer,
        locationHint(c.req.raw),
      ),
    ]);
    return c.json(presentPost(post, known.get(post.id)), 200);
  });
}

function userPostsRoute(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listUserPosts, async (c) => {
    const { deps, identity } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const after = cursorOf(cursor, (text) => decodeBelow("posts", text));
    const below = after ?? idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
    const account = await findUser(deps, c.req.valid("param").user);
    const viewer = identity?.user ?? null;
    const page = await fullPage(
      limit,
      below,
      async (from, count) => {
        // One more than fits shows whether there are others.
        const span = { downTo: BEGINNING, limit: count + 1 };
        const queries = [{ author: account.id, below: from ?? below }];
        const slice = (await deps.store.posts.byAuthors(queries, span)).get(account.id);
        const { entries = [], horizon = BEGINNING } = slice ?? {};
        return { items: entries, next: horizon === BEGINNING ? null : horizon };
      },
      (entry) => entry.id,
    );
    const [posts, known] = await Promise.all([
      withVisibleParents(
        deps,
        page.items.map((entry) => entry.post),
        viewer,
      ),
      viewerPostStates(
        deps,
        { posts: page.items.map((entry) => entry.post.id), counts: "kept" },
        viewer,
        locationHint(c.req.raw),
      ),
    ]);
    const entries = page.items.map((entry, n) => ({ ...entry, post: posts[n] ?? entry.post }));
    return c.json(
      {
        items: entries.map((entry) => presentEntry(entry, viewer, known.get(entry.post.id))),
        next: page.next === null ? null : encodeBelow("posts", page.next),
      },
      200,
    );
  });
}

/** Registers the routes. */
export function postRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(createPost, async (c) => {
    const author = me(c);
    const { text, replyTo } = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")["idempotency-key"] ?? null;
    const draft = { author, text, replyTo: replyTo ?? null, idempotencyKey };
    const outcome = await publish(c.var.deps, draft, locationHint(c.req.raw));
    return c.json(presentPost(publishedOrThrow(outcome)), 201);
  });

  readingRoutes(app);
  userPostsRoute(app);

  app.openapi(deletePost, async (c) => {
    const viewer = me(c);
    const post = await findPost(c.var.deps, c.req.valid("param").id);
    if (post.author.id !== viewer) {
      throw new ApiProblem("forbidden", "Only its author can delete a post.");
    }
    if (!(await unpublish(c.var.deps, post, locationHint(c.req.raw)))) {
      throw new ApiProblem("not_found", "The post has been deleted already.");
    }
    return c.body(null, 204);
  });
}
