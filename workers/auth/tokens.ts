/** Skein's own tokens: JWTs that the edge makes and checks without a lookup. */
import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import QuickLRU from "quick-lru";
import { isId, type UserId } from "../../feed/ids.ts";
import { OWN_ISSUER } from "./issuers.ts";
import { ISOLATE_TOKENS_MAX } from "../../feed/limits.ts";
import { SESSION_IDLE_MS, TICKET_TTL_S } from "../../feed/limits-sessions.ts";
import { oldestSession, type SessionId, type TokenMark } from "../../feed/sessions.ts";
import type { Config } from "../config.ts";

const AUDIENCE = "skein";
const ACCESS_TYPE = "JWT";
const TICKET_TYPE = "ticket+jwt";
const ALGORITHM = "HS256";

/** A token that was checked: whose it is, and until when. */
export interface Identity extends TokenMark {
  user: UserId;
  expiresAtMs: number;
}

/** A ticket that was checked. */
export interface Ticket extends TokenMark {
  user: UserId;
  /** Names the ticket, which opens one socket. */
  id: string;
  /** When a socket that it opens is closed, in milliseconds since 1970. */
  closesAtMs: number;
}

/** A signing key and the name under which tokens refer to it. */
interface NamedKey {
  kid: string;
  key: CryptoKey;
}

/** The signing keys, imported once for each configuration; the first one signs. */
const keysOf = new WeakMap<Config, Promise<NamedKey[]>>();

function signingKeys(config: Config): Promise<NamedKey[]> {
  const known = keysOf.get(config);
  if (known !== undefined) return known;
  const { SIGNING_KEY: first, OTHER_SIGNING_KEY: other } = config;
  const keys = Promise.all([first, ...(other === undefined ? [] : [other])].map(namedKey));
  keysOf.set(config, keys);
  return keys;
}

/** The name of a key follows from the key, so that every Worker that has it knows it by the same one. */
async function namedKey(bytes: Uint8Array<ArrayBuffer>): Promise<NamedKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
  const mark = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode("the name of a key"));
  const kid = Array.from(new Uint8Array(mark).slice(0, 4), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return { kid, key };
}

/** The key that has signed a token. Tokens of earlier versions name none: then it is the first that fits. */
async function verified(config: Config, token: string, typ: string) {
  const keys = await signingKeys(config);
  const { kid } = decodeProtectedHeader(token);
  const candidates = kid === undefined ? keys : keys.filter((one) => one.kid === kid);
  const options = { issuer: OWN_ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM], typ };
  let failure: unknown = new Error("no key has this name");
  for (const { key } of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function signed(
  config: Config,
  typ: string,
  claims: Record<string, unknown>,
  { user, issuedS, expiresS }: { user: UserId; issuedS: number; expiresS: number },
): Promise<string> {
  const [first] = await signingKeys(config);
  if (first === undefined) throw new Error("there is no signing key");
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, typ, kid: first.kid })
    .setIssuer(OWN_ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(user)
    .setIssuedAt(issuedS)
    .setExpirationTime(expiresS)
    .sign(first.key);
}

/** Makes a token for an account. @param session null for a token that an administrator makes */
export async function mintToken(
  config: Config,
  { user, session }: { user: UserId; session: SessionId | null },
  nowMs: number,
): Promise<{ token: string; expiresAt: string }> {
  const issuedS = Math.floor(nowMs / 1000);
  const expiresS = issuedS + config.ACCESS_TOKEN_TTL_S;
  const claims = session === null ? { minted: true } : { sid: session };
  const token = await signed(config, ACCESS_TYPE, claims, { user, issuedS, expiresS });
  return { token, expiresAt: new Date(expiresS * 1000).toISOString() };
}

/** Skein's own tokens that have passed, so that not every request of somebody checks a signature. */
const passed = new WeakMap<Config, QuickLRU<string, Identity>>();

function checkedTokens(config: Config): QuickLRU<string, Identity> {
  const known = passed.get(config) ?? new QuickLRU({ maxSize: ISOLATE_TOKENS_MAX });
  passed.set(config, known);
  return known;
}

/**
 * Checks a token of Skein: signature, kind, audience, expiry, and that it names an account. Whether its session
 * lasts is for `SessionChecks`.
 * @returns null if it is no good
 */
export async function checkOwnToken(config: Config, token: string): Promise<Identity | null> {
  const known = checkedTokens(config).get(token);
  // A token that was valid once is accepted until it expires.
  if (known !== undefined) return known.expiresAtMs > Date.now() ? known : null;
  try {
    const { sub, exp, iat, sid } = await verified(config, token, ACCESS_TYPE);
    if (sub === undefined || exp === undefined || !isId(sub)) return null;
    const session = typeof sid === "string" ? sid : oldestSession(sub);
    const identity = {
      ...{ user: sub, session },
      ...{ issuedMs: (iat ?? 0) * 1000, expiresAtMs: exp * 1000 },
    };
    checkedTokens(config).set(token, identity);
    return identity;
  } catch {
    return null;
  }
}

/** When a socket of somebody has to be closed: a session's lasts as long as it does, others as their token. */
export function socketClosesAtMs({ user, session, expiresAtMs }: Identity, nowMs: number): number {
  return session === oldestSession(user) ? expiresAtMs : nowMs + SESSION_IDLE_MS;
}

/** Makes a ticket for one socket. */
export async function mintTicket(
  config: Config,
  identity: Identity,
  nowMs: number,
): Promise<{ ticket: string; expiresAt: string }> {
  const issuedS = Math.floor(nowMs / 1000);
  const expiresS = issuedS + TICKET_TTL_S;
  const { user, session: sid, issuedMs: tokenMs } = identity;
  const claims = {
    ...{ jti: crypto.randomUUID(), sid, tokenMs },
    closesAtMs: socketClosesAtMs(identity, nowMs),
  };
  const ticket = await signed(config, TICKET_TYPE, claims, { user, issuedS, expiresS });
  return { ticket, expiresAt: new Date(expiresS * 1000).toISOString() };
}

/** Checks a ticket; that it is used once is for the home timeline. @returns null if it is no good */
export async function checkTicket(config: Config, ticket: string): Promise<Ticket | null> {
  try {
    const { sub, exp, sid, jti, tokenMs, closesAtMs } = await verified(config, ticket, TICKET_TYPE);
    if (sub === undefined || exp === undefined || jti === undefined || !isId(sub)) return null;
    if (typeof sid !== "string" || typeof tokenMs !== "number") return null;
    if (typeof closesAtMs !== "number") return null;
    return { user: sub, id: jti, session: sid, issuedMs: tokenMs, closesAtMs };
  } catch {
    return null;
  }
}
