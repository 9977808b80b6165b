/** Addresses of the page's views. The page reads them itself, so each is answered with the page. */
import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/**
 * Answers the page if a browser opens an address that may be one of its views. A missing file is not
 * one: otherwise an outdated script would be answered, and cached, as a page.
 */
export async function pageFor(c: Context<AppEnv>): Promise<Response | null> {
  const { pathname } = new URL(c.req.url);
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  const goesThere = reads && (c.req.header("accept") ?? "").includes("text/html");
  if (!goesThere || /^\/(v1|assets)(\/|$)/.test(pathname)) return null;
  const page = await c.env.ASSETS.fetch(new URL("/", c.req.url));
  return page.ok ? new Response(page.body, page) : null;
}
