/** A hostname for operators alone, which Cloudflare Access can protect: OPS_HOST. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { verifyRemotely } from "../auth/remote-keys.ts";
import type { Config } from "../config.ts";
import { depsOf } from "../deps.ts";
import type { AppEnv } from "./env.ts";
import { ApiProblem } from "./problem.ts";

/** The page of operators, and the calls of administrators. */
const FOR_OPERATORS = /^\/(ops|metrics|v1\/admin)(\/|$)/;

/** The header in which Access proves that it has let somebody pass. */
const PROOF = "cf-access-jwt-assertion";

/**
 * With an OPS_HOST, operators' addresses are there and nowhere else, and nothing else is there.
 * @throws ApiProblem not_found, forbidden; IssuerUnavailable
 */
export const operatorsHost = createMiddleware<AppEnv>(async (c, next) => {
  // The variable itself, because health and the document also answer where the rest is not configured.
  if (c.env.OPS_HOST) await checkHost(c, depsOf(c.env).config);
  await next();
});

/** @throws ApiProblem not_found, forbidden; IssuerUnavailable */
async function checkHost(c: Context<AppEnv>, config: Config): Promise<void> {
  const isThere = new URL(c.req.url).host === config.OPS_HOST;
  if (isThere !== FOR_OPERATORS.test(c.req.path)) {
    throw new ApiProblem("not_found", "This address does not exist.");
  }
  if (isThere && !(await hasPassedAccess(config, c.req.header(PROOF)))) {
    throw new ApiProblem("forbidden", "Cloudflare Access has not let this request pass.");
  }
}

/** Whether Access has let a request pass, if it is configured. @throws IssuerUnavailable */
async function hasPassedAccess(
  { ACCESS_TEAM: team, ACCESS_AUD: audience }: Config,
  proof: string | undefined,
): Promise<boolean> {
  if (team === "") return true;
  if (proof === undefined) return false;
  const certificates = `${team}/cdn-cgi/access/certs`;
  return (await verifyRemotely(proof, certificates, { issuer: team, audience })) !== null;
}
