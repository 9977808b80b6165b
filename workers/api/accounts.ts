/** Accounts and sessions: POST /v1/accounts, POST /v1/sessions, GET /v1/me. */
import { imageAddress } from "../image-address.ts";
import { foldHandle } from "../../feed/handle.ts";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Account } from "../../db/store.ts";
import { bucketOfHandle } from "../../feed/ids.ts";
import {
  credentialsSchema,
  newAccountSchema,
  profileChangeSchema,
} from "../../feed/wire-requests.ts";
import { type Session, userSchema } from "../../feed/wire.ts";
import { SESSIONS_MAX } from "../../feed/limits-sessions.ts";
import { type SignedIn, signedInSchema } from "../../feed/wire-sessions.ts";
import { drawIds } from "../draw-ids.ts";
import { openSession } from "../write/sessions.ts";
import { passesChallenge } from "../auth/challenge.ts";
import { mintToken } from "../auth/tokens.ts";
import type { Deps } from "../deps.ts";
import { locationHint } from "../region.ts";
import { body, json, noQuery, problems, TOKEN_NEEDED } from "./contract.ts";
import type { AppEnv } from "./env.ts";
import { me } from "./middleware.ts";
import { ApiProblem } from "./problem.ts";
import { signInRateLimit } from "./rate-limits.ts";
import { changeProfile } from "../write/profile.ts";
import { presentUser, presentUsers } from "./users.ts";

const createAccount = createRoute({
  operationId: "createAccount",
  method: "post",
  path: "/accounts",
  summary: "Create an account",
  description:
    "Where Turnstile is configured, the request has the answer of its widget as `challenge`.",
  tags: ["Accounts"],
  middleware: signInRateLimit,
  request: { query: noQuery, body: body(newAccountSchema) },
  responses: {
    201: json(signedInSchema, "The account, and the tokens of its first session"),
    ...problems("handle_taken", "challenge_failed"),
  },
});

const createSession = createRoute({
  operationId: "createSession",
  method: "post",
  path: "/sessions",
  summary: "Sign in",
  tags: ["Accounts"],
  middleware: signInRateLimit,
  request: { query: noQuery, body: body(credentialsSchema) },
  responses: {
    201: json(signedInSchema, "The tokens of a new session"),
    ...problems("bad_credentials", "limit_reached"),
  },
});

const readMe = createRoute({
  operationId: "readMe",
  method: "get",
  path: "/me",
  summary: "The account of the token",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  request: { query: noQuery },
  responses: { 200: json(userSchema, "The account"), ...problems() },
});

const changeMe = createRoute({
  operationId: "changeMe",
  method: "patch",
  path: "/me",
  summary: "Change one's name, bio or picture",
  description:
    "What is left out stays. Followers' timelines show the change within seconds, everything else within " +
    "ten minutes.",
  tags: ["Accounts"],
  security: TOKEN_NEEDED,
  request: { query: noQuery, body: body(profileChangeSchema) },
  responses: { 200: json(userSchema, "The account"), ...problems() },
});

/** The picture's address as it is stored. @throws ApiProblem invalid_request */
function pictureOf(deps: Deps, address: string | null): string | null {
  if (address === null) return null;
  const parsed = imageAddress(address, deps.config.IMAGE_HOSTS);
  if (parsed !== null) return parsed;
  throw new ApiProblem("invalid_request", "The request is not valid.", {
    violations: [{ path: "avatarUrl", message: "an https address on a host of IMAGE_HOSTS" }],
  });
}

/** Makes a token for an account that has not signed in. */
export async function mintedSession(deps: Deps, account: Account): Promise<Session> {
  const token = await mintToken(deps.config, { user: account.id, session: null }, deps.nowMs());
  return { user: presentUser(account), ...token };
}

/**
 * Opens a session for an account whose password was checked, or has just been set.
 * @throws ApiProblem limit_reached, bad_credentials
 */
async function signIn(
  c: Context<AppEnv>,
  account: Account,
  passwordHash: string,
): Promise<SignedIn> {
  const device = c.req.header("user-agent") ?? "";
  const tokens = await openSession(c.var.deps, account, { passwordHash, device });
  if (tokens === "too_many") {
    throw new ApiProblem("limit_reached", `An account has at most ${SESSIONS_MAX} sessions.`);
  }
  if (tokens === "wrong_password") throw wrongCredentials();
  return { user: presentUser(account), ...tokens };
}

function challengeFailed(): ApiProblem {
  return new ApiProblem(
    "challenge_failed",
    "Send the answer of the sign-up's challenge as `challenge`. Each answer is good once, for five minutes.",
  );
}

function wrongCredentials(): ApiProblem {
  return new ApiProblem("bad_credentials", "No account has this handle and password.");
}

/** Registers the routes. */
export function accountRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(createAccount, async (c) => {
    const { deps } = c.var;
    const { handle, password, name, challenge } = c.req.valid("json");
    if (!(await passesChallenge(deps.config, challenge))) throw challengeFailed();
    const passwordHash = await deps.passwords.hash(handle, password);
    const { made, account } = await drawIds(async () => {
      const drawn = { id: deps.drawId(bucketOfHandle(handle)), handle, name: name ?? handle };
      return {
        made: await deps.store.accounts.create({ ...drawn, passwordHash }),
        account: drawn,
      };
    });
    if (made === "handle_taken") {
      throw new ApiProblem("handle_taken", `The handle @${handle} is taken.`);
    }
    const counts = { followers: 0, following: 0, posts: 0 };
    const profile = { bio: "", avatarUrl: null, profileVersion: 0 };
    const fresh = { ...account, ...profile, counts, epoch: 0, migrating: false };
    return c.json(await signIn(c, fresh, passwordHash), 201);
  });

  app.openapi(createSession, async (c) => {
    const { deps } = c.var;
    const { handle, password } = c.req.valid("json");
    const folded = foldHandle(handle);
    const known = await deps.store.accounts.credentials(folded);
    // An unknown handle takes as long as a wrong password, so that the time shows no difference.
    const matches = await deps.passwords.check(folded, password, known?.passwordHash ?? null);
    const { account, passwordHash = null } = known ?? {};
    if (account === undefined || passwordHash === null || !matches) throw wrongCredentials();
    return c.json(await signIn(c, account, passwordHash), 201);
  });

  app.openapi(readMe, async (c) => {
    const { deps } = c.var;
    const viewer = me(c);
    const account = (await deps.store.accounts.byIds([viewer])).get(viewer);
    if (account === undefined) throw new ApiProblem("unauthenticated", "The account is gone.");
    const [user] = await presentUsers(deps, [account], viewer);
    return c.json(user ?? presentUser(account), 200);
  });

  app.openapi(changeMe, async (c) => {
    const { deps } = c.var;
    const user = me(c);
    const { name, bio, avatarUrl } = c.req.valid("json");
    const wanted = {
      ...(name === undefined ? {} : { name }),
      ...(bio === undefined ? {} : { bio }),
      ...(avatarUrl === undefined ? {} : { avatarUrl: pictureOf(deps, avatarUrl) }),
    };
    const account = await changeProfile(deps, { user, wanted }, locationHint(c.req.raw));
    if (account === null) throw new ApiProblem("unauthenticated", "The account is gone.");
    const [changed] = await presentUsers(deps, [account], user);
    return c.json(changed ?? presentUser(account), 200);
  });
}
