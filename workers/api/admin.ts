/** Administration: import, tokens, dead letters, counts. These addresses exist only with ADMIN_TOKEN set. */
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { stream } from "hono/streaming";
import { createdAt } from "../../feed/timeline/present.ts";
import { named } from "../../feed/wire-examples.ts";
import { importAnswerSchema, importLineSchema } from "../../feed/wire-import.ts";
import { handleSchema } from "../../feed/wire-text.ts";
import { sessionSchema, wireCountsSchema } from "../../feed/wire.ts";
import { beforeShard, type LetterPosition, lettersFrom, redrive } from "../jobs/dead-letters.ts";
import { importLines } from "../write/import.ts";
import { decodeRecount, recount } from "../admin/recount.ts";
import { adminAccountRoutes } from "./account-lifecycle.ts";
import { mintedSession } from "./accounts.ts";
import { ADMIN, adminOnly } from "./admin-only.ts";
import { adminRankingRoutes } from "./admin-ranking.ts";
import { body, json, noQuery, problems } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { figureRoutes } from "./figures.ts";
import { invalidRequest, refuseInvalid } from "./invalid.ts";
import { boundedBody } from "./middleware.ts";
import { cursorOf } from "./paging.ts";
import { ApiProblem } from "./problem.ts";
import { storeMoveRoutes } from "./store-move.ts";
import { findUser } from "./users.ts";

const accountNameSchema = z.strictObject({ handle: handleSchema }).meta(named("AccountName"));

const mintForHandle = createRoute({
  operationId: "mintToken",
  method: "post",
  path: "/tokens",
  summary: "Make a token for an account",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: { query: noQuery, body: body(accountNameSchema) },
  responses: { 201: json(sessionSchema, "A token"), ...problems("not_found") },
});

const importQuery = z.strictObject({
  answer: z
    .literal("ids")
    .optional()
    .meta({ description: "Answers the id of what each line has made or found." }),
});

const importGraph = createRoute({
  operationId: "importLines",
  method: "post",
  path: "/import",
  summary: "Import accounts, follows, posts, likes and reposts",
  description:
    'One JSON object per line: `{"user": {"handle", "name"?}}`, `{"follow": [follower, followee]}`, ' +
    '`{"post": {"key", "author", "text", "at", "replyTo"?}}`, `{"like": [handle, key]}` or ' +
    '`{"repost": [handle, key, at]}`. A key is the caller\'s own name of a post. Lines that exist are ' +
    "skipped, so an import can be repeated. Answers one JSON object per line: progress, errors with line " +
    "numbers, with `?answer=ids` the id of what each line has made or found, and a report at the end. One " +
    "request makes a bounded share: if the report's `next` is not null, send the lines from there on.",
  tags: ["Administration"],
  security: ADMIN,
  request: {
    query: importQuery,
    body: { required: true, content: { "application/x-ndjson": { schema: importLineSchema } } },
  },
  responses: {
    200: {
      description: "Progress and, in the last line, the report",
      content: { "application/x-ndjson": { schema: importAnswerSchema } },
    },
    ...problems("not_found"),
  },
});

const deadLetterSchema = z
  .object({ id: z.string(), at: z.iso.datetime(), reason: z.string(), job: z.unknown() })
  .meta(named("DeadLetter"));

const LETTER_CURSOR = /^(\d{1,4})\.([0-9A-HJKMNP-TV-Z]{16})$/;

/** A cursor into the dead letters of all shards: `<shard>.<id>`. */
const lettersQuery = z.strictObject({
  cursor: z.string().regex(LETTER_CURSOR, "not a cursor of this list").optional(),
});

function positionOf({ cursor }: z.infer<typeof lettersQuery>): LetterPosition {
  const [, shard, after] = LETTER_CURSOR.exec(cursor ?? "") ?? [];
  return shard === undefined || after === undefined
    ? beforeShard(0)
    : { shard: Number(shard), after };
}

function letterCursor(position: LetterPosition | null): string | null {
  return position === null ? null : `${position.shard}.${position.after}`;
}

const listDeadLetters = createRoute({
  operationId: "listDeadLetters",
  method: "get",
  path: "/dead-letters",
  summary: "Jobs that failed for good",
  description:
    "Shard after shard, a few of them a call; `next` goes back as ?cursor=. A page may be empty before " +
    "the end, where `next` is null.",
  tags: ["Administration"],
  security: ADMIN,
  request: { query: lettersQuery },
  responses: {
    200: json(
      z
        .object({ items: z.array(deadLetterSchema), next: z.string().nullable() })
        .meta(named("DeadLetterList")),
      "A page of dead letters, oldest first in each shard",
    ),
    ...problems("not_found"),
  },
});

const retryDeadLetters = createRoute({
  operationId: "retryDeadLetters",
  method: "post",
  path: "/dead-letters/retry",
  summary: "Put dead letters back to work",
  description: "One page of the list of dead letters a call; `next` goes back as ?cursor=.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: { query: lettersQuery },
  responses: {
    200: json(
      z.object({ retried: z.int(), next: z.string().nullable() }).meta(named("RetriedDeadLetters")),
      "How many jobs were sent",
    ),
    ...problems("not_found"),
  },
});

const correctionSchema = z
  .object({
    post: z.string(),
    what: z.enum(["tally", "replies", "counter"]),
    was: wireCountsSchema,
    is: wireCountsSchema,
  })
  .meta(named("Correction"));

const checkCounts = createRoute({
  operationId: "checkCounts",
  method: "post",
  path: "/counts/check",
  summary: "Compare counts with their reactions, and correct them",
  description: "A piece of one shard a call; `next` goes back as ?cursor=.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: {
    query: z.strictObject({ cursor: z.string().optional() }),
  },
  responses: {
    200: json(
      z
        .object({
          checked: z.int(),
          corrected: z.array(correctionSchema),
          next: z.string().nullable(),
        })
        .meta(named("CheckedCounts")),
      "The checked posts and the corrections",
    ),
    ...problems("not_found"),
  },
});

/** The routes of administration, with their own authentication. */
export function adminApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.use(adminOnly);
  figureRoutes(app);

  app.openapi(mintForHandle, async (c) => {
    const { deps, requestId } = c.var;
    const { handle } = c.req.valid("json");
    const account = await findUser(deps, `@${handle}`);
    console.warn("an administrator has made a token", { handle, requestId });
    return c.json(await mintedSession(deps, account), 201);
  });

  // The answer is a stream, which the typed handlers of contracts do not support.
  app.openAPIRegistry.registerPath(importGraph);
  app.post(importGraph.path, (c) => {
    const query = importQuery.safeParse(c.req.query());
    if (!query.success) throw invalidRequest(query.error);
    const input: ReadableStream<Uint8Array> | null = c.req.raw.body;
    if (input === null || c.req.header("content-length") === "0") {
      throw new ApiProblem("invalid_request", "The body is empty. Send lines of JSON.");
    }
    c.header("content-type", "application/x-ndjson");
    return stream(c, async (out) => {
      for await (const line of importLines(c.var.deps, input, query.data.answer === "ids")) {
        await out.write(`${JSON.stringify(line)}\n`);
      }
    });
  });

  app.openapi(listDeadLetters, async (c) => {
    const from = positionOf(c.req.valid("query"));
    const { letters, next } = await lettersFrom(c.var.deps.store, from);
    const items = letters.map(({ id, reason, body: job }) => ({
      id,
      at: createdAt(id),
      reason,
      job,
    }));
    return c.json({ items, next: letterCursor(next) }, 200);
  });

  app.openapi(checkCounts, async (c) => {
    const { deps } = c.var;
    const { cursor } = c.req.valid("query");
    const position = cursorOf(cursor, (text) => decodeRecount(text, deps.store.shards));
    return c.json(await recount(deps, position), 200);
  });

  app.openapi(retryDeadLetters, async (c) => {
    const { retried, next } = await redrive(c.var.deps, positionOf(c.req.valid("query")));
    return c.json({ retried, next: letterCursor(next) }, 200);
  });
  adminAccountRoutes(app);
  adminRankingRoutes(app);
  storeMoveRoutes(app);
  // Unknown addresses end here, because the rest of the API would check the ADMIN_TOKEN as a user's.
  app.all("*", () => {
    throw new ApiProblem("not_found", "This address does not exist.");
  });
  return app;
}
