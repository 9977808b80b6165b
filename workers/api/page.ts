/** The page, and the API reference. The page reads the addresses of its views itself. */
import type { Context } from "hono";
import type { Config } from "../config.ts";
import { depsOf } from "../deps.ts";
import type { AppEnv } from "./env.ts";

/**
 * Answers the page or the API reference; and the page if a browser opens an address that may be one of its
 * views. A missing file is not one: otherwise an outdated script would be answered, and cached, as a page.
 */
export async function pageFor(c: Context<AppEnv>): Promise<Response | null> {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return null;
  const { pathname } = new URL(c.req.url);
  const { config } = depsOf(c.env);
  if (/^\/docs(\/|$)/.test(pathname)) return asset(c, c.req.raw, config);
  if (pathname === "/") return withSiteKey(c, c.req.raw, config);
  const goesThere = (c.req.header("accept") ?? "").includes("text/html");
  if (!goesThere || /^\/(v1|assets)(\/|$)/.test(pathname)) return null;
  return withSiteKey(c, new Request(new URL("/", c.req.url)), config);
}

/** A file of the page, with headers that can be added to; null if there is none. */
async function asset(
  c: Context<AppEnv>,
  request: Request,
  { IMAGE_HOSTS }: Config,
): Promise<Response | null> {
  const file = await c.env.ASSETS.fetch(request);
  if (file.status === 404) return null;
  const answer = new Response(file.body, file);
  const images = IMAGE_HOSTS.map((host) => `https://${host}`);
  changePolicy(answer, (policy) => withSources(policy, "img-src", images));
  return answer;
}

/** Where Turnstile's script and its widget's frame are. */
const TURNSTILE = ["https://challenges.cloudflare.com"];

/** The page, which shows Turnstile's widget if there is a site key. */
async function withSiteKey(
  c: Context<AppEnv>,
  request: Request,
  config: Config,
): Promise<Response | null> {
  const { TURNSTILE_SITE_KEY: siteKey } = config;
  if (siteKey === "") return asset(c, request, config);
  // Whether the file has changed says nothing of the key, so the page is always sent whole.
  const whole = new Request(request.url, { method: request.method });
  const answer = await asset(c, whole, config);
  if (answer === null) return null;
  answer.headers.delete("etag");
  changePolicy(answer, (policy) =>
    withSources(withSources(policy, "script-src", TURNSTILE), "frame-src", TURNSTILE),
  );
  const meta = `<meta name="turnstile-site-key" content="${siteKey}" />`;
  return new HTMLRewriter()
    .on("head", { element: (head) => void head.append(meta, { html: true }) })
    .transform(answer);
}

const POLICY = "content-security-policy";

function changePolicy(answer: Response, change: (policy: string) => string): void {
  const policy = answer.headers.get(POLICY);
  if (policy !== null) answer.headers.set(POLICY, change(policy));
}

/** A policy that also allows a kind of content from these sources. */
function withSources(policy: string, kind: string, sources: readonly string[]): string {
  const known = new RegExp(`${kind} [^;]*`);
  if (!known.test(policy)) return `${policy}; ${[kind, ...sources].join(" ")}`;
  return policy.replace(known, (some) => [some, ...sources].join(" "));
}
