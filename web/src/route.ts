/** What each address of the page shows. */
import type { Timeline } from "../../feed/wire.ts";

/** The lists of a profile: what an account posted, who follows it, and whom it follows. */
export type ProfileTab = "posts" | "followers" | "following";

/** What an address shows. */
export type Route =
  | { name: "home"; order: Timeline["order"] }
  | { name: "profile"; handle: string; tab: ProfileTab }
  | { name: "post"; id: string }
  | { name: "operations" }
  | { name: "missing" };

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a lone % leads nowhere anyway
  }
}

function profileTab(name: string | undefined): ProfileTab {
  return name === "followers" || name === "following" ? name : "posts";
}

/** What a path shows. The asset server redirects `/@ada` to `/%40ada`, so both are the profile. */
export function parsePath(path: string): Route {
  const plain = decoded(path);
  if (plain === "/") return { name: "home", order: "ranked" };
  if (/^\/latest\/?$/.test(plain)) return { name: "home", order: "latest" };
  const [, handle, tab] = /^\/@(\w{3,30})(?:\/(followers|following))?\/?$/.exec(plain) ?? [];
  if (handle !== undefined) {
    return { name: "profile", handle: handle.toLowerCase(), tab: profileTab(tab) };
  }
  if (/^\/ops\/?$/.test(plain)) return { name: "operations" };
  const id = /^\/post\/([0-9A-Z]{1,40})\/?$/.exec(plain)?.[1];
  if (id !== undefined) return { name: "post", id };
  return { name: "missing" };
}

/** The address to show for a route; null for one that is nowhere. */
export function pathOf(route: Route): string | null {
  switch (route.name) {
    case "home":
      return route.order === "ranked" ? "/" : "/latest";
    case "profile":
      return route.tab === "posts" ? `/@${route.handle}` : `/@${route.handle}/${route.tab}`;
    case "post":
      return `/post/${route.id}`;
    case "operations":
      return "/ops";
    case "missing":
      return null;
  }
}
