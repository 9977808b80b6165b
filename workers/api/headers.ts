/** Headers of every answer that keep it where it belongs. */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./env.ts";

/**
 * Nobody keeps an answer, because it is for its account alone; no browser guesses what it is, opens it over
 * plain HTTP afterwards, or tells other sites its address. web/public/_headers has the same for files.
 */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
  ["strict-transport-security", "max-age=31536000"],
  ["referrer-policy", "same-origin"],
];

/** Gives every response these headers, unless it has its own. */
export const safeHeaders = createMiddleware<AppEnv>(async (c, next) => {
  // Set before there is an answer, because an answer is copied whole when a header is added to it.
  for (const [name, value] of HEADERS) c.header(name, value);
  await next();
  // The answer to an upgrade can't be changed. One from elsewhere does not take what was set before.
  if (c.res.status === 101) return;
  for (const [name, value] of HEADERS) if (!c.res.headers.has(name)) c.header(name, value);
});
