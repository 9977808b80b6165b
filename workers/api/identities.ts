/** Links to subjects of other issuers: PUT and DELETE /v1/me/identities/{issuer}. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { identityLinkSchema, linkedIdentitySchema } from "../../feed/wire-sessions.ts";
import { checkForeignToken, claimedIssuer } from "../auth/foreign-tokens.ts";
import { linkIdentity, unlinkIdentity } from "../auth/identities.ts";
import { body, json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";
import { countRefusedToken } from "./rate-limits.ts";

const params = z.object({
  issuer: z.string().meta({ description: "The name of an issuer.", example: "id.example.com" }),
});

const linkRoute = createRoute({
  operationId: "linkIdentity",
  method: "put",
  path: "/me/identities/{issuer}",
  summary: "Link an issuer's subject to the account",
  description:
    "The body has a token of that issuer. From then on the issuer's tokens for the same subject are good for " +
    "this account. An account has one subject of each issuer; another one takes its place.",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  request: { query: noQuery, params, body: body(identityLinkSchema) },
  responses: {
    200: json(linkedIdentitySchema, "Linked"),
    ...problems("bad_credentials", "forbidden", "not_found"),
  },
});

const unlinkRoute = createRoute({
  operationId: "unlinkIdentity",
  method: "delete",
  path: "/me/identities/{issuer}",
  summary: "Unlink an issuer's subject from the account",
  description: "The issuer's tokens stop within a minute.",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  request: { query: noQuery, params },
  responses: { 204: { description: "Not linked any more" }, ...problems() },
});

/** Registers the routes. */
export function identityRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(linkRoute, async (c) => {
    const { deps } = c.var;
    const account = me(c);
    const { issuer } = c.req.valid("param");
    const { token } = c.req.valid("json");
    if (!deps.config.TRUSTED_ISSUERS.some((one) => one.issuer === issuer)) {
      throw new ApiProblem("not_found", "Skein trusts no such issuer.");
    }
    const trusted = claimedIssuer(deps.config, token);
    const checked = trusted?.issuer === issuer ? await checkForeignToken(trusted, token) : null;
    if (checked === null) {
      await countRefusedToken(c);
      throw new ApiProblem("bad_credentials", "The token is none of this issuer, or has expired.");
    }
    const { sub } = checked;
    if ((await linkIdentity(deps.store, { account, issuer, sub })) === "taken") {
      throw new ApiProblem("forbidden", "This subject is linked to another account.");
    }
    return c.json({ issuer, sub }, 200);
  });

  app.openapi(unlinkRoute, async (c) => {
    const { deps } = c.var;
    const account = me(c);
    const { issuer } = c.req.valid("param");
    for (const known of await deps.store.identities.ofAccount(account)) {
      if (known.issuer === issuer) await deps.subjects.forget(issuer, known.sub);
    }
    await unlinkIdentity(deps.store, account, issuer);
    return c.body(null, 204);
  });
}
