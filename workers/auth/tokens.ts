/** Access tokens: JWTs that the edge makes and checks without a lookup. */
import { errorText } from "../../feed/error-text.ts";
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, SignJWT } from "jose";
import QuickLRU from "quick-lru";
import { isId, type UserId } from "../../feed/ids.ts";
import { ISOLATE_TOKENS_MAX } from "../../feed/limits.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Config, TrustedIssuer } from "../config.ts";

const ISSUER = "skein";
const AUDIENCE = "skein";
/** What other issuers may sign with: never a shared secret. */
const FOREIGN_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

/** What jose says of an issuer's keys, rather than of a token. */
const OF_ISSUER: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
]);

/** Another issuer's keys can't be fetched now; the same token may pass later. */
class IssuerUnavailable extends Unavailable {
  override readonly name = "IssuerUnavailable";
}

/** A token that was checked: whose it is, and until when. */
export interface Identity {
  user: UserId;
  expiresAtMs: number;
}

/** Skein's own tokens that have passed, so that not every request of somebody checks a signature. */
const passed = new WeakMap<Config, QuickLRU<string, Identity>>();

function checkedTokens(config: Config): QuickLRU<string, Identity> {
  const known = passed.get(config) ?? new QuickLRU({ maxSize: ISOLATE_TOKENS_MAX });
  passed.set(config, known);
  return known;
}

/** Makes a token for an account. */
export async function mintToken(
  config: Config,
  user: UserId,
  nowMs: number,
): Promise<{ token: string; expiresAt: string }> {
  const issuedS = Math.floor(nowMs / 1000);
  const expiresS = issuedS + config.ACCESS_TOKEN_TTL_S;
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(user)
    .setIssuedAt(issuedS)
    .setExpirationTime(expiresS)
    .sign(await signingKey(config));
  return { token, expiresAt: new Date(expiresS * 1000).toISOString() };
}

/** The signing key, imported once for each configuration. */
const signingKeys = new WeakMap<Config, Promise<CryptoKey>>();

function signingKey(config: Config): Promise<CryptoKey> {
  const known = signingKeys.get(config);
  if (known !== undefined) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = crypto.subtle.importKey("raw", config.SIGNING_KEY, algorithm, false, [
    "sign",
    "verify",
  ]);
  signingKeys.set(config, key);
  return key;
}

/** Keys of other issuers, fetched once an isolate and again when an unknown key turns up. */
const keysByIssuer = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

function keysOf(trusted: TrustedIssuer): ReturnType<typeof createRemoteJWKSet> {
  const known = keysByIssuer.get(trusted.jwks);
  if (known !== undefined) return known;
  const keys = createRemoteJWKSet(new URL(trusted.jwks));
  keysByIssuer.set(trusted.jwks, keys);
  return keys;
}

/**
 * Checks a token: signature, issuer, audience, expiry, and that it names an account.
 * @returns null if it is no good
 * @throws IssuerUnavailable
 */
export async function checkToken(config: Config, token: string): Promise<Identity | null> {
  const known = checkedTokens(config).get(token);
  // A token that was valid once is accepted until it expires.
  if (known !== undefined) return known.expiresAtMs > Date.now() ? known : null;
  try {
    const { payload } = await verify(config, token);
    const { iss, sub, exp } = payload;
    if (sub === undefined || exp === undefined || !isId(sub)) return null;
    const identity = { user: sub, expiresAtMs: exp * 1000 };
    // Another issuer may take a key back.
    if (iss === ISSUER) checkedTokens(config).set(token, identity);
    return identity;
  } catch (error) {
    if (isOfIssuer(error)) throw new IssuerUnavailable(errorText(error), { cause: error });
    return null;
  }
}

/**
 * Whether a check failed because of the issuer, not of the token: its keys can't be fetched (jose
 * has no code of its own for an answer that is no key set), or what it calls keys are none.
 */
function isOfIssuer(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return OF_ISSUER.has(error.code);
}

async function verify(config: Config, token: string) {
  const { iss } = decodeJwt(token);
  const trusted = config.TRUSTED_ISSUERS.find((other) => other.issuer === iss);
  if (trusted === undefined) {
    return jwtVerify(token, await signingKey(config), {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["HS256"],
    });
  }
  return jwtVerify(token, keysOf(trusted), {
    issuer: trusted.issuer,
    audience: trusted.audience,
    algorithms: FOREIGN_ALGORITHMS,
  });
}
