/** The HTTP API: every route, and what each request passes through, on one screen. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { accountLifecycleRoutes } from "./account-lifecycle.ts";
import { accountRoutes } from "./accounts.ts";
import { adminApp } from "./admin.ts";
import type { AppEnv } from "./env.ts";
import { metricRoutes } from "./figures.ts";
import { graphRoutes } from "./graph.ts";
import { identityRoutes } from "./identities.ts";
import { refuseInvalid } from "./invalid.ts";
import { liveRoutes } from "./live.ts";
import { safeHeaders } from "./headers.ts";
import { boundedBody, crossOrigin, dependencies, identify, sessionLasts } from "./middleware.ts";
import { operationRoutes } from "./operations.ts";
import { operatorsHost } from "./operators-host.ts";
import { pageFor } from "./page.ts";
import { postRoutes } from "./posts.ts";
import { peopleRoutes } from "./people.ts";
import { threadRoutes } from "./threads.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { addressRateLimit, rateLimit } from "./rate-limits.ts";
import { rankingRoutes } from "./ranking.ts";
import { reactionRoutes } from "./reactions.ts";
import { relationRoutes } from "./relations.ts";
import { requestId } from "./request-id.ts";
import { sessionRoutes } from "./sessions.ts";
import { timelineRoutes } from "./timeline.ts";

/** Makes the app. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.use(requestId, safeHeaders, operatorsHost);
  app.onError((error, c) => problemResponse(c, error));
  app.notFound(
    async (c) =>
      (await pageFor(c)) ??
      problemResponse(c, new ApiProblem("not_found", "This address does not exist.")),
  );
  operationRoutes(app);
  metricRoutes(app);

  app.use("/v1/*", dependencies, crossOrigin, addressRateLimit);
  app.route("/v1/admin", adminApp());

  const v1 = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  v1.use(boundedBody, identify, rateLimit, sessionLasts);
  accountRoutes(v1);
  sessionRoutes(v1);
  identityRoutes(v1);
  accountLifecycleRoutes(v1);
  graphRoutes(v1);
  relationRoutes(v1);
  postRoutes(v1);
  threadRoutes(v1);
  peopleRoutes(v1);
  reactionRoutes(v1);
  timelineRoutes(v1);
  rankingRoutes(v1);
  liveRoutes(v1);
  app.route("/v1", v1);
  return app;
}
