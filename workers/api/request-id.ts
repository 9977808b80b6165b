/** Gives every response an `x-request-id`. */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./env.ts";

/** The network's own id of a request if there is one, so that both logs use the same id. */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const id = c.req.header("cf-ray") ?? crypto.randomUUID();
  c.set("requestId", id);
  await next();
  // The answer to an upgrade can't be changed; its headers are the object's.
  if (c.res.status !== 101) c.header("x-request-id", id);
});
