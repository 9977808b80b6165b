/** The follow graph: a user, follow and unfollow, followers and following. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { EdgePosition } from "../../feed/cursor.ts";
import { decodeEdge, encodeEdge } from "../../feed/cursor.ts";
import type { UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import { pageQuerySchema } from "../../feed/wire-requests.ts";
import { followingSchema, userListSchema, userSchema } from "../../feed/wire.ts";
import type { Page } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { locationHint } from "../region.ts";
import { setFollow } from "../write/follows.ts";
import { json, noQuery, problems, TOKEN_NEEDED, TOKEN_OPTIONAL, userParams } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { cursorOf } from "./paging.ts";
import { ApiProblem } from "./problem.ts";
import { findUser, presentUser, presentUsers } from "./users.ts";

const readUser = createRoute({
  operationId: "readUser",
  method: "get",
  path: "/users/{user}",
  summary: "A user",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: noQuery },
  responses: { 200: json(userSchema, "The user"), ...problems("not_found") },
});

const follow = createRoute({
  operationId: "followUser",
  method: "put",
  path: "/users/{user}/follow",
  summary: "Follow a user",
  description: "The next timeline read shows the user's recent posts.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { params: userParams, query: noQuery },
  responses: {
    200: json(followingSchema, "Followed"),
    ...problems("not_found", "cannot_follow_self", "limit_reached", "forbidden"),
  },
});

const unfollow = createRoute({
  operationId: "unfollowUser",
  method: "delete",
  path: "/users/{user}/follow",
  summary: "Unfollow a user",
  description: "The next timeline read shows none of the user's posts.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { params: userParams, query: noQuery },
  responses: {
    200: json(followingSchema, "Not followed", { following: false }),
    ...problems("not_found", "cannot_follow_self"),
  },
});

const listFollowers = createRoute({
  operationId: "listFollowers",
  method: "get",
  path: "/users/{user}/followers",
  summary: "The followers of a user, newest first",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems("not_found") },
});

const listFollowing = createRoute({
  operationId: "listFollowing",
  method: "get",
  path: "/users/{user}/following",
  summary: "The followees of a user, newest first",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems("not_found") },
});

/** Sets or removes a follow of the account that `ref` names. @throws ApiProblem */
async function changeFollow(c: Context<AppEnv>, ref: string, following: boolean): Promise<void> {
  const { deps } = c.var;
  const follower = me(c);
  const followee = await findUser(deps, ref);
  if (followee.id === follower) {
    throw new ApiProblem("cannot_follow_self", "Your own posts are always in your timeline.");
  }
  const request = { follower, followee: followee.id, following };
  switch (await setFollow(deps, request, locationHint(c.req.raw))) {
    case "done":
      return;
    case "no_account":
      throw new ApiProblem("unauthenticated", "This account no longer exists.");
    case "too_many":
      throw new ApiProblem("limit_reached", `An account follows at most ${FOLLOWING_MAX} others.`);
    case "blocked":
      throw new ApiProblem("forbidden", "One of you has blocked the other.");
  }
}

/** A page of users as the viewer sees them. */
async function userPage(
  deps: Deps,
  list: "followers" | "following",
  page: Page<UserId, EdgePosition>,
  viewer: UserId | null,
) {
  const accounts = await deps.store.accounts.byIds(page.items);
  const present = page.items.flatMap((id) => accounts.get(id) ?? []);
  return {
    items: await presentUsers(deps, present, viewer),
    next: page.next === null ? null : encodeEdge(list, page.next),
  };
}

/** Registers the routes. */
export function graphRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(readUser, async (c) => {
    const { deps, identity } = c.var;
    const account = await findUser(deps, c.req.valid("param").user);
    const [user] = await presentUsers(deps, [account], identity?.user ?? null);
    return c.json(user ?? presentUser(account), 200);
  });

  app.openapi(follow, async (c) => {
    await changeFollow(c, c.req.valid("param").user, true);
    return c.json({ following: true }, 200);
  });

  app.openapi(unfollow, async (c) => {
    await changeFollow(c, c.req.valid("param").user, false);
    return c.json({ following: false }, 200);
  });

  app.openapi(listFollowers, async (c) => {
    const { deps, identity } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const after = cursorOf(cursor, (text) => decodeEdge("followers", text));
    const account = await findUser(deps, c.req.valid("param").user);
    const page = await deps.store.graph.followers(account.id, after, limit);
    return c.json(await userPage(deps, "followers", page, identity?.user ?? null), 200);
  });

  app.openapi(listFollowing, async (c) => {
    const { deps, identity } = c.var;
    const { cursor, limit } = c.req.valid("query");
    const after = cursorOf(cursor, (text) => decodeEdge("following", text));
    const account = await findUser(deps, c.req.valid("param").user);
    const page = await deps.store.graph.following(account.id, after, limit);
    return c.json(await userPage(deps, "following", page, identity?.user ?? null), 200);
  });
}
