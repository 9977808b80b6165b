/** The follow graph: a user, follow and unfollow, followers and following. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { EdgePosition } from "../../feed/cursor.ts";
import { decodeEdge, encodeEdge } from "../../feed/cursor.ts";
import { idBucket, type UserId } from "../../feed/ids.ts";
import type { EdgesJob } from "../../feed/delivery/jobs.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import { followingSchema, pageQuerySchema, userListSchema, userSchema } from "../../feed/wire.ts";
import type { Page } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { runEdgesJob } from "../jobs/edges.ts";
import { finish } from "../jobs/settle.ts";
import { locationHint } from "../region.ts";
import { json, noQuery, problems, TOKEN_NEEDED, TOKEN_OPTIONAL, userParams } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { cursorOf } from "./paging.ts";
import { ApiProblem } from "./problem.ts";
import { findUser, presentUser, presentUsers } from "./users.ts";

const readUser = createRoute({
  method: "get",
  path: "/users/{user}",
  summary: "A user",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: noQuery },
  responses: { 200: json(userSchema, "The user"), ...problems("not_found") },
});

const follow = createRoute({
  method: "put",
  path: "/users/{user}/follow",
  summary: "Follow a user",
  description: "The next timeline read shows the user's recent posts.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { params: userParams, query: noQuery },
  responses: {
    200: json(followingSchema, "Followed"),
    ...problems("not_found", "cannot_follow_self", "forbidden"),
  },
});

const unfollow = createRoute({
  method: "delete",
  path: "/users/{user}/follow",
  summary: "Unfollow a user",
  description: "The next timeline read shows none of the user's posts.",
  tags: ["Graph"],
  security: TOKEN_NEEDED,
  request: { params: userParams, query: noQuery },
  responses: {
    200: json(followingSchema, "Not followed"),
    ...problems("not_found", "cannot_follow_self"),
  },
});

const listFollowers = createRoute({
  method: "get",
  path: "/users/{user}/followers",
  summary: "Who follows a user, newest first",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems("not_found") },
});

const listFollowing = createRoute({
  method: "get",
  path: "/users/{user}/following",
  summary: "Whom a user follows, newest first",
  tags: ["Graph"],
  security: TOKEN_OPTIONAL,
  request: { params: userParams, query: pageQuerySchema },
  responses: { 200: json(userListSchema, "A page of users"), ...problems("not_found") },
});

/**
 * Brings an edge to `following`, everywhere, before it answers: the follower's side and the job in
 * one batch, then the job at once. If this dies in between, the sweep does the job.
 */
async function setFollow(
  deps: Deps,
  edge: { follower: UserId; ref: string; following: boolean },
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  const { follower, following } = edge;
  const followee = await findUser(deps, edge.ref);
  if (followee.id === follower) {
    throw new ApiProblem("cannot_follow_self", "Your own posts are in your timeline anyway.");
  }
  if (following) await assertMayFollow(deps, follower, followee.id);
  const tells = following ? "follow" : "unfollow";
  const plain: EdgesJob = {
    v: 1 as const,
    kind: "edges" as const,
    id: deps.newId(idBucket(follower)),
    part: 0,
    attempt: 0,
    follower,
    followees: [followee.id],
    timeline: "backfill" as const,
    hint,
  };
  const [job = plain] = withExport(deps.events, tells, [plain]);
  const nowMs = deps.nowMs();
  const wish = { follower, followee: followee.id, following, nowMs };
  const written = await deps.store.graph.setEdge(wish, job);
  if (following && !written.following) {
    throw new ApiProblem("forbidden", "One of you has blocked the other.");
  }
  // What stands already is told nobody, but brought everywhere once more.
  const done = written.changed ? job : plain;
  await runEdgesJob(deps, done);
  await finish(deps, [done]);
}

async function assertMayFollow(deps: Deps, follower: UserId, followee: UserId): Promise<void> {
  const account = (await deps.store.accounts.byIds([follower])).get(follower);
  if (account === undefined) throw new ApiProblem("unauthenticated", "The account is gone.");
  if (account.counts.following < FOLLOWING_MAX) return;
  const [edge] = await deps.store.graph.edges([{ follower, followee }]);
  if (edge?.following === true) return;
  throw new ApiProblem("forbidden", `An account follows at most ${FOLLOWING_MAX} others.`);
}

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
    const edge = { follower: me(c), ref: c.req.valid("param").user, following: true };
    await setFollow(c.var.deps, edge, locationHint(c.req.raw));
    return c.json({ following: true }, 200);
  });

  app.openapi(unfollow, async (c) => {
    const edge = { follower: me(c), ref: c.req.valid("param").user, following: false };
    await setFollow(c.var.deps, edge, locationHint(c.req.raw));
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
