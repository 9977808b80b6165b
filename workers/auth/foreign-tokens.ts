/** Tokens of other issuers: checked with the keys that the issuer publishes, and good for the linked account. */
import { decodeJwt, type JWTPayload } from "jose";
import type { TrustedIssuer } from "./issuers.ts";
import {
  CLOCK_SKEW_S,
  FOREIGN_TOKEN_TTL_MAX_S,
  SUBJECT_MAX_CHARS,
} from "../../feed/limits-sessions.ts";
import type { Config } from "../config.ts";
import { verifyRemotely } from "./remote-keys.ts";

/** The kinds of tokens that are accepted; others, such as logout tokens, mean something else. */
const TYPES: ReadonlySet<string | undefined> = new Set([
  undefined,
  "JWT",
  "at+jwt",
  "application/at+jwt",
]);

/** A checked token of another issuer. */
export interface ForeignToken {
  trusted: TrustedIssuer;
  sub: string;
  /** The handle that the issuer suggests; null if it suggests none. */
  username: string | null;
  issuedMs: number;
  expiresAtMs: number;
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
  const { issuer, audience, jwks } = trusted;
  const verified = await verifyRemotely(token, jwks, { issuer, audience });
  if (verified === null || !TYPES.has(verified.protectedHeader.typ)) return null;
  return readClaims(trusted, verified.payload);
}

function readClaims(trusted: TrustedIssuer, payload: JWTPayload): ForeignToken | null {
  const { sub = "", iat, exp, preferred_username: name } = payload;
  if (iat === undefined || exp === undefined) return null;
  if (sub === "" || sub.length > SUBJECT_MAX_CHARS) return null;
  if (iat > Date.now() / 1000 + CLOCK_SKEW_S || exp - iat > FOREIGN_TOKEN_TTL_MAX_S) return null;
  const username = typeof name === "string" ? name : null;
  return { trusted, sub, username, issuedMs: iat * 1000, expiresAtMs: exp * 1000 };
}
