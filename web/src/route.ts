/** What each address of the page shows. */

/** What an address shows. */
export type Route =
  | { name: "home" }
  | { name: "profile"; handle: string }
  | { name: "post"; id: string }
  | { name: "missing" };

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a lone % leads nowhere anyway
  }
}

/** What a path shows. The asset server redirects `/@ada` to `/%40ada`, so both are the profile. */
export function parsePath(path: string): Route {
  const plain = decoded(path);
  if (plain === "/") return { name: "home" };
  const handle = /^\/@(\w{3,30})\/?$/.exec(plain)?.[1];
  if (handle !== undefined) return { name: "profile", handle: handle.toLowerCase() };
  const id = /^\/post\/([0-9A-Z]{1,40})\/?$/.exec(plain)?.[1];
  if (id !== undefined) return { name: "post", id };
  return { name: "missing" };
}

/** The address to show for a route; null for one that is nowhere. */
export function pathOf(route: Route): string | null {
  switch (route.name) {
    case "home":
      return "/";
    case "profile":
      return `/@${route.handle}`;
    case "post":
      return `/post/${route.id}`;
    case "missing":
      return null;
  }
}
