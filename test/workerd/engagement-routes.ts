/** The routes with which a viewer reacts to posts and steers their ranked order. */
import { type Route, unknownPost } from "./refusals.ts";

export const ENGAGEMENT_ROUTES: Record<string, Route> = {
  "put /v1/posts/{id}/taste": {
    path: ({ bobsPost }) => `/v1/posts/${bobsPost}/taste`,
    body: () => ({ taste: "more" }),
    nullable: ["taste"],
    refusals: [
      ...unknownPost("/taste"),
      {
        why: "an unknown taste",
        code: "invalid_request",
        body: { taste: "most" },
        fields: ["taste"],
      },
      { why: "no taste", code: "invalid_request", body: {}, fields: ["taste"] },
    ],
  },
  "get /v1/me/ranking": { path: () => "/v1/me/ranking" },
  "put /v1/me/ranking": {
    path: () => "/v1/me/ranking",
    body: () => ({ fresh: 2, close: 1, popular: 0 }),
    refusals: ([-0.1, 2.1, "1", null] as const).map((fresh) => ({
      why: `the slider ${JSON.stringify(fresh)}`,
      code: "invalid_request",
      body: { fresh, close: 1, popular: 1 },
      fields: ["fresh"],
    })),
  },
  "delete /v1/me/ranking": { path: () => "/v1/me/ranking" },
  ...Object.fromEntries(
    (["like", "repost"] as const).flatMap((verb) =>
      ["put", "delete"].map((method): [string, Route] => [
        `${method} /v1/posts/{id}/${verb}`,
        {
          path: (scene) => `/v1/posts/${scene.bobsPost}/${verb}`,
          refusals: unknownPost(`/${verb}`),
        },
      ]),
    ),
  ),
};
