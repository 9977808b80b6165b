/** Deleting and exporting accounts, by their owners and by administrators, who can also suspend them. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { stream } from "hono/streaming";
import type { StatedAccount } from "../../db/store.ts";
import { foldHandle } from "../../feed/handle.ts";
import type { UserId } from "../../feed/ids.ts";
import { DELETING_TOKEN_MAX_AGE_MS } from "../../feed/limits-sessions.ts";
import {
  accountStateSchema,
  deletionSchema,
  exportLineSchema,
  wantedStateSchema,
} from "../../feed/wire-export.ts";
import { decodeExport, exportLines } from "../admin/account-export.ts";
import type { Deps } from "../deps.ts";
import { setAccountState } from "../write/account-state.ts";
import { ADMIN } from "./admin-only.ts";
import { body, json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { invalidRequest } from "./invalid.ts";
import { boundedBody, me, ownIdentity } from "./middleware.ts";
import { cursorOf } from "./paging.ts";
import { accountGone, ApiProblem } from "./problem.ts";
import { signInRateLimit } from "./rate-limits.ts";

const deleteMe = createRoute({
  operationId: "deleteMe",
  method: "delete",
  path: "/me",
  summary: "Delete the account of the token",
  description:
    "At once nobody finds the account or its posts, and it can't sign in. Its posts, reactions, follows, mutes, blocks, " +
    "timeline and training data go within minutes. The handle stays taken for 30 days.",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  middleware: signInRateLimit,
  request: { query: noQuery, body: body(deletionSchema) },
  responses: { 202: { description: "Taken in" }, ...problems("bad_credentials") },
});

const exportQuery = z.strictObject({
  cursor: z.string().optional().meta({ description: "`next` of the answer before" }),
});
const exportAnswer = {
  200: {
    description:
      "One JSON object a line. The last one has `next`: where the next answer goes on, null if this was all",
    content: { "application/x-ndjson": { schema: exportLineSchema } },
  },
};

const exportMe = createRoute({
  operationId: "exportMe",
  method: "get",
  path: "/me/export",
  summary: "Everything that is stored about the account of the token",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  request: { query: exportQuery },
  responses: { ...exportAnswer, ...problems() },
});

const handleParams = z.object({
  handle: z.string().meta({ description: "A handle.", example: "ada" }),
});

const setState = createRoute({
  operationId: "setAccountState",
  method: "put",
  path: "/accounts/{handle}/state",
  summary: "Suspend an account, restore it, or delete it",
  description:
    "`suspended` hides an account and its posts until it is `active` again. `leaving` deletes it, and there is no way back.",
  tags: ["Administration"],
  security: ADMIN,
  middleware: boundedBody,
  request: { query: noQuery, params: handleParams, body: body(wantedStateSchema) },
  responses: {
    200: json(accountStateSchema, "The account's state"),
    ...problems("forbidden", "not_found"),
  },
});

const exportAccount = createRoute({
  operationId: "exportAccount",
  method: "get",
  path: "/accounts/{handle}/export",
  summary: "Everything that is stored about an account",
  tags: ["Administration"],
  security: ADMIN,
  request: { query: exportQuery, params: handleParams },
  responses: { ...exportAnswer, ...problems("forbidden", "not_found") },
});

/** Registers the routes of an account's owner. */
export function accountLifecycleRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(deleteMe, async (c) => {
    const { deps } = c.var;
    const { user: id, issuedMs } = ownIdentity(c);
    const account = (await deps.store.accounts.byIds([id])).get(id);
    if (account === undefined) throw accountGone();
    const known = await deps.store.accounts.credentials(account.handle);
    const { password = "" } = c.req.valid("json");
    const stored = known?.passwordHash ?? null;
    if (stored === null && deps.nowMs() - issuedMs > DELETING_TOKEN_MAX_AGE_MS) {
      throw new ApiProblem("bad_credentials", "Sign in again, and repeat this within 5 minutes.");
    }
    if (stored !== null && !(await deps.passwords.check(account.handle, password, stored))) {
      throw new ApiProblem("bad_credentials", "This is not the account's password.");
    }
    await setAccountState(deps, id, "leaving");
    return c.body(null, 202);
  });

  // The answer is a stream, which the typed handlers of contracts do not support.
  app.openAPIRegistry.registerPath(exportMe);
  app.get(exportMe.path, async (c) => {
    const account = await stated(c.var.deps, me(c));
    if (account?.state !== "active") throw accountGone();
    return answerExport(c, account);
  });
}

/** Registers the routes of administrators. */
export function adminAccountRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(setState, async (c) => {
    const { deps, requestId } = c.var;
    const { state } = c.req.valid("json");
    const { id } = await findInAnyState(deps, c.req.valid("param").handle);
    const account = await setAccountState(deps, id, state);
    if (account === undefined) {
      throw new ApiProblem("not_found", "The account is being deleted.");
    }
    console.warn("an administrator has set an account's state", { id, state, requestId });
    return c.json({ id, handle: account.handle, state: account.state }, 200);
  });

  app.openAPIRegistry.registerPath(exportAccount);
  app.get("/accounts/:handle/export", async (c) =>
    answerExport(c, await findInAnyState(c.var.deps, c.req.param("handle"))),
  );
}

async function stated(deps: Deps, id: UserId): Promise<StatedAccount | undefined> {
  return (await deps.store.lifecycle.inAnyState([id])).get(id);
}

/** The account with a handle, also if it is suspended. @throws ApiProblem not_found */
async function findInAnyState(deps: Deps, handle: string): Promise<StatedAccount> {
  const id = await deps.store.lifecycle.holder(foldHandle(handle.replace(/^@/, "")));
  const account = id === null ? undefined : await stated(deps, id);
  if (account !== undefined && account.state !== "gone") return account;
  throw new ApiProblem("not_found", "No account has this handle.");
}

function answerExport(c: Context<AppEnv>, account: StatedAccount): Response {
  const query = exportQuery.safeParse(c.req.query());
  if (!query.success) throw invalidRequest(query.error);
  const from = cursorOf(query.data.cursor, decodeExport);
  c.header("content-type", "application/x-ndjson");
  c.header("cache-control", "no-store");
  return stream(c, async (out) => {
    for await (const line of exportLines(c.var.deps, account, from)) {
      await out.write(`${JSON.stringify(line)}\n`);
    }
  });
}
