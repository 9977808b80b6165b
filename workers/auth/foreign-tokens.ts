/** Tokens of other issuers: checked with the keys that the issuer publishes, and good for the linked account. */
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { errorText } from "../../feed/error-text.ts";
import type { TrustedIssuer } from "./issuers.ts";
import {
  CLOCK_SKEW_S,
  FOREIGN_TOKEN_TTL_MAX_S,
  SUBJECT_MAX_CHARS,
} from "../../feed/limits-sessions.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Config } from "../config.ts";

/** What other issuers may sign with: never a shared secret. */
const FOREIGN_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];
/** The kinds of tokens that are accepted; others, such as logout tokens, mean something else. */
const TYPES: ReadonlySet<string | undefined> = new Set([
  undefined,
  "JWT",
  "at+jwt",
  "application/at+jwt",
]);

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

/** A checked token of another issuer. */
export interface ForeignToken {
  trusted: TrustedIssuer;
  sub: string;
  /** The handle that the issuer suggests; null if it suggests none. */
  username: string | null;
  issuedMs: number;
  expiresAtMs: number;
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

/** The trusted issuer that a token claims to be of; null if it is of none. The claim is not checked yet. */
export function claimedIssuer(config: Config, token: string): TrustedIssuer | null {
  try {
    const { iss } = decodeJwt(token);
    return config.TRUSTED_ISSUERS.find((one) => one.issuer === iss) ?? null;
  } catch {
    return null;
  }
}

/**
 * Checks a token of an issuer: signature, kind, audience and lifetime.
 * @returns null if it is no good
 * @throws IssuerUnavailable
 */
export async function checkForeignToken(
  trusted: TrustedIssuer,
  token: string,
): Promise<ForeignToken | null> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keysOf(trusted), {
      issuer: trusted.issuer,
      audience: trusted.audience,
      algorithms: FOREIGN_ALGORITHMS,
    });
    return TYPES.has(protectedHeader.typ) ? readClaims(trusted, payload) : null;
  } catch (error) {
    if (isOfIssuer(error)) throw new IssuerUnavailable(errorText(error), { cause: error });
    return null;
  }
}

function readClaims(trusted: TrustedIssuer, payload: JWTPayload): ForeignToken | null {
  const { sub = "", iat, exp, preferred_username: name } = payload;
  if (iat === undefined || exp === undefined) return null;
  if (sub === "" || sub.length > SUBJECT_MAX_CHARS) return null;
  if (iat > Date.now() / 1000 + CLOCK_SKEW_S || exp - iat > FOREIGN_TOKEN_TTL_MAX_S) return null;
  const username = typeof name === "string" ? name : null;
  return { trusted, sub, username, issuedMs: iat * 1000, expiresAtMs: exp * 1000 };
}

/**
 * Whether a check failed because of the issuer, not of the token: its keys can't be fetched (jose
 * has no code of its own for an answer that is no key set), or what it calls keys are none.
 */
function isOfIssuer(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return OF_ISSUER.has(error.code);
}
