/** Threads: the replies to a post, and the posts above it. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { decodeBelow, encodeBelow } from "../../feed/cursor.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { PAGE_DEFAULT_ITEMS } from "../../feed/limits.ts";
import { ANCESTORS_MAX } from "../../feed/limits-threads.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import { parentCopy, withParent } from "../../feed/timeline/parents.ts";
import { presentPost } from "../../feed/timeline/present.ts";
import { pageQuerySchema } from "../../feed/wire-requests.ts";
import { postListSchema } from "../../feed/wire.ts";
import { ancestorsOf } from "../ancestors.ts";
import { isCrowdedPost, type Replies, repliesTo } from "../crowd/sources.ts";
import type { Deps } from "../deps.ts";
import { hiddenFrom, withVisibleParents } from "../hidden.ts";
import { locationHint } from "../region.ts";
import { viewerPostStates } from "../timeline/viewer-post-state.ts";
import { json, postParams, problems, TOKEN_OPTIONAL } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { cursorOf, fullPage } from "./paging.ts";
import { findPost } from "./posts.ts";

const listReplies = createRoute({
  operationId: "listReplies",
  method: "get",
  path: "/posts/{id}/replies",
  summary: "Replies to a post, newest first",
  tags: ["Posts"],
  security: TOKEN_OPTIONAL,
  request: { params: postParams, query: pageQuerySchema },
  responses: { 200: json(postListSchema, "A page of posts"), ...problems("not_found") },
});

const listAncestors = createRoute({
  operationId: "listAncestors",
  method: "get",
  path: "/posts/{id}/ancestors",
  summary: "What a reply answers, and what that answers, up to the top of the thread",
  description:
    `Nearest first, at most ${ANCESTORS_MAX} in one answer. The list ends at a deleted post, and at one ` +
    "whose author you have muted or blocked, or who has blocked you.",
  tags: ["Posts"],
  security: TOKEN_OPTIONAL,
  request: { params: postParams, query: pageQuerySchema },
  responses: { 200: json(postListSchema, "A page of posts"), ...problems("not_found") },
});

/** Reads replies to a post, newest first; the newest ones of a post that a crowd reads are kept for it. */
async function readReplies(
  deps: Deps,
  parent: PostBody,
  below: Id | null,
  limit: number,
): Promise<Replies> {
  const kept =
    below === null && limit <= PAGE_DEFAULT_ITEMS && isCrowdedPost(parent)
      ? await deps.replies.get(parent.id)
      : undefined;
  return kept ?? repliesTo(deps.store.posts, parent.id, below, limit);
}

/** Posts without those of accounts that the viewer has muted, or where either has blocked the other. */
async function withoutHidden(
  deps: Deps,
  posts: readonly PostBody[],
  viewer: UserId | null,
): Promise<readonly PostBody[]> {
  if (viewer === null || posts.length === 0) return posts;
  const authors = posts.map((post) => post.author.id);
  const hidden = await hiddenFrom(deps, viewer, authors);
  return posts.filter((post) => !hidden.has(post.author.id));
}

/** Replies to a post with the copy of it, unless the viewer does not see its author. */
async function repliesOf(
  deps: Deps,
  parent: PostBody,
  replies: readonly PostBody[],
  viewer: UserId | null,
): Promise<PostBody[]> {
  const hidden =
    viewer === null || replies.length === 0
      ? new Set()
      : await hiddenFrom(deps, viewer, [parent.author.id]);
  const copy = hidden.has(parent.author.id) ? null : parentCopy(parent);
  return replies.map((reply) => withParent(reply, copy));
}

function repliesRoute(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listReplies, async (c) => {
    const { deps, identity } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const below = cursorOf(cursor, (text) => decodeBelow("replies", text));
    const parent = await findPost(deps, c.req.valid("param").id);
    const viewer = identity?.user ?? null;
    const page = await fullPage(
      limit,
      below,
      async (from, count) => {
        const { items, next } = await readReplies(deps, parent, from, count);
        return { items: await withoutHidden(deps, items, viewer), next };
      },
      (post) => post.id,
    );
    const ids = page.items.map((post) => post.id);
    const known = await viewerPostStates(
      deps,
      { posts: ids, counts: "kept" },
      viewer,
      locationHint(c.req.raw),
    );
    const replies = await repliesOf(deps, parent, page.items, viewer);
    return c.json(
      {
        items: replies.map((post) => presentPost(post, known.get(post.id))),
        next: page.next === null ? null : encodeBelow("replies", page.next),
      },
      200,
    );
  });
}

function ancestorsRoute(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listAncestors, async (c) => {
    const { deps, identity } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const after = cursorOf(cursor, (text) => decodeBelow("ancestors", text));
    const post = await findPost(deps, c.req.valid("param").id);
    const viewer = identity?.user ?? null;
    // An ancestor that is gone by now ends the thread.
    const from = after === null ? post : await deps.posts.get(after);
    const found =
      from === undefined ? { items: [], next: null } : await ancestorsOf(deps, from, viewer, limit);
    const [posts, known] = await Promise.all([
      withVisibleParents(deps, found.items, viewer),
      viewerPostStates(
        deps,
        { posts: found.items.map(({ id }) => id), counts: "kept" },
        viewer,
        locationHint(c.req.raw),
      ),
    ]);
    return c.json(
      {
        items: posts.map((one) => presentPost(one, known.get(one.id))),
        next: found.next === null ? null : encodeBelow("ancestors", found.next),
      },
      200,
    );
  });
}

/** Registers the routes. */
export function threadRoutes(app: OpenAPIHono<AppEnv>): void {
  repliesRoute(app);
  ancestorsRoute(app);
}
