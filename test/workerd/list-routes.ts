/** The routes of lists of users and posts, for `routes.ts`. */
import { badPages, type Route, unknownPost, unknownUser } from "./refusals.ts";

export const LIST_ROUTES: Record<string, Route> = {
  "get /v1/suggestions": { path: () => "/v1/suggestions" },
  "get /v1/me/mutes": { path: () => "/v1/me/mutes", refusals: badPages("mutes") },
  "get /v1/me/blocks": { path: () => "/v1/me/blocks", refusals: badPages("blocks") },
  ...Object.fromEntries(
    (["followers", "following", "posts"] as const).map((list): [string, Route] => [
      `get /v1/users/{user}/${list}`,
      {
        path: () => `/v1/users/@bob/${list}`,
        refusals: [...unknownUser(`/${list}`), ...badPages(list)],
      },
    ]),
  ),
  ...Object.fromEntries(
    (["replies", "ancestors"] as const).map((list): [string, Route] => [
      `get /v1/posts/{id}/${list}`,
      {
        path: (scene) => `/v1/posts/${scene.bobsPost}/${list}`,
        refusals: [...unknownPost(`/${list}`), ...badPages(list)],
      },
    ]),
  ),
};
