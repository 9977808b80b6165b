/** The routes of the page, and their addresses. */
import { foldHandle } from "../../../feed/handle.ts";
import type { Timeline } from "../../../client/src/wire.ts";

/** The lists of a profile: posts, followers and followees. */
export type ProfileTab = "posts" | "followers" | "following";

/** The lists of those whom one does not see. */
export type HiddenBy = "muted" | "blocked";

/** A route: the view of an address. */
export type Route =
  | { name: "home"; order: Timeline["order"] }
  | { name: "profile"; handle: string; tab: ProfileTab }
  | { name: "post"; id: string }
  | { name: "find" }
  | { name: "hidden"; relation: HiddenBy }
  | { name: "sessions" }
  | { name: "operations" }
  | { name: "missing" };

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // an invalid encoding matches no route
  }
}

function profileTab(name: string | undefined): ProfileTab {
  return name === "followers" || name === "following" ? name : "posts";
}

/** The route of a path. The asset server redirects `/@ada` to `/%40ada`, so both are the profile. */
export function parsePath(path: string): Route {
  const plain = decoded(path);
  if (plain === "/") return { name: "home", order: "ranked" };
  if (/^\/latest\/?$/.test(plain)) return { name: "home", order: "latest" };
  const [, handle, tab] = /^\/@(\w{3,30})(?:\/(followers|following))?\/?$/.exec(plain) ?? [];
  if (handle !== undefined) {
    return { name: "profile", handle: foldHandle(handle), tab: profileTab(tab) };
  }
  if (/^\/ops\/?$/.test(plain)) return { name: "operations" };
  if (/^\/find\/?$/.test(plain)) return { name: "find" };
  if (/^\/sessions\/?$/.test(plain)) return { name: "sessions" };
  const relation = /^\/(muted|blocked)\/?$/.exec(plain)?.[1];
  if (relation === "muted" || relation === "blocked") return { name: "hidden", relation };
  const id = /^\/post\/([0-9A-Z]{1,40})\/?$/.exec(plain)?.[1];
  if (id !== undefined) return { name: "post", id };
  return { name: "missing" };
}

/** The address of a route; null if the route is missing. */
export function pathOf(route: Route): string | null {
  switch (route.name) {
    case "home":
      return route.order === "ranked" ? "/" : "/latest";
    case "profile":
      return route.tab === "posts" ? `/@${route.handle}` : `/@${route.handle}/${route.tab}`;
    case "post":
      return `/post/${route.id}`;
    case "find":
      return "/find";
    case "hidden":
      return `/${route.relation}`;
    case "sessions":
      return "/sessions";
    case "operations":
      return "/ops";
    case "missing":
      return null;
  }
}
