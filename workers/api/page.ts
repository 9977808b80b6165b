/** The page, and the API reference. The page reads the addresses of its views itself. */
import type { Context } from "hono";
import { depsOf } from "../deps.ts";
import type { AppEnv } from "./env.ts";

/**
 * Answers the page or the API reference; and the page if a browser opens an address that may be one of its
 * views. A missing file is not one: otherwise an outdated script would be answered, and cached, as a page.
 */
export async function pageFor(c: Context<AppEnv>): Promise<Response | null> {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return null;
  const { pathname } = new URL(c.req.url);
  if (pathname === "/" || /^\/docs(\/|$)/.test(pathname)) return asset(c, c.req.raw);
  const goesThere = (c.req.header("accept") ?? "").includes("text/html");
  if (!goesThere || /^\/(v1|assets)(\/|$)/.test(pathname)) return null;
  return asset(c, new Request(new URL("/", c.req.url)));
}

/** A file of the page, with headers that can be added to; null if there is none. */
async function asset(c: Context<AppEnv>, request: Request): Promise<Response | null> {
  const file = await c.env.ASSETS.fetch(request);
  if (file.status === 404) return null;
  const answer = new Response(file.body, file);
  const policy = answer.headers.get(POLICY);
  if (policy !== null) {
    answer.headers.set(POLICY, withImageHosts(policy, depsOf(c.env).config.IMAGE_HOSTS));
  }
  return answer;
}

const POLICY = "content-security-policy";

/** A policy that also allows pictures from these hosts. */
function withImageHosts(policy: string, hosts: readonly string[]): string {
  return policy.replace(/img-src [^;]*/, (images) =>
    [images, ...hosts.map((host) => `https://${host}`)].join(" "),
  );
}
