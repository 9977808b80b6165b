/** Gives every response an `x-request-id`. */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./env.ts";

/** The network's own id of a request if there is one, so that both logs use the same id. */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const id = c.req.header("cf-ray") ?? crypto.randomUUID();
  c.set("requestId", id);
  // Set before there is an answer, because an answer is copied whole when a header is added to it.
  c.header("x-request-id", id);
  await next();
  // The answer to an upgrade can't be changed; its headers are the object's. An answer from elsewhere
  // does not take the headers that were set before.
  if (c.res.status !== 101 && !c.res.headers.has("x-request-id")) c.header("x-request-id", id);
});
