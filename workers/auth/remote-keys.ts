/** Tokens that are checked with keys which their issuer publishes. */
import {
  createRemoteJWKSet,
  errors,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { errorText } from "../../feed/error-text.ts";
import { Unavailable } from "../../feed/unavailable.ts";

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

/** Keys of other issuers, fetched once an isolate and again when an unknown key turns up. */
const keysByAddress = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

function keysAt(address: string): ReturnType<typeof createRemoteJWKSet> {
  const known = keysByAddress.get(address);
  if (known !== undefined) return known;
  const keys = createRemoteJWKSet(new URL(address));
  keysByAddress.set(address, keys);
  return keys;
}

/**
 * Checks the signature of a token, its expiry, and what the options name.
 * @param jwks the address of the issuer's key set
 * @returns null if the token is no good
 * @throws IssuerUnavailable
 */
export async function verifyRemotely(
  token: string,
  jwks: string,
  options: Required<Pick<JWTVerifyOptions, "issuer" | "audience">>,
): Promise<Pick<JWTVerifyResult, "payload" | "protectedHeader"> | null> {
  try {
    return await jwtVerify(token, keysAt(jwks), { ...options, algorithms: FOREIGN_ALGORITHMS });
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
