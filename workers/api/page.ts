/** Addresses of the page: the page reads them itself, so each is answered with the page. */
import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/**
 * The page, if a browser goes to an address that could be one of its own. A missing file is none,
 * or a script that a newer version has replaced would be answered, and kept, as a page.
 */
export async function pageFor(c: Context<AppEnv>): Promise<Response | null> {
  const { pathname } = new URL(c.req.url);
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  const goesThere = reads && (c.req.header("accept") ?? "").includes("text/html");
  if (!goesThere || /^\/(v1|assets)(\/|$)/.test(pathname)) return null;
  const page = await c.env.ASSETS.fetch(new URL("/", c.req.url));
  return page.ok ? new Response(page.body, page) : null;
}
