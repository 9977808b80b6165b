/** Tokens that must be refused. */
import { base64url, decodeJwt, SignJWT } from "jose";
import type { Session } from "../../feed/wire.ts";

interface Claims {
  iss?: string;
  aud?: string;
  sub?: string;
  /** Seconds from now. */
  expiresInS?: number | null;
}

/** Signs a token as Skein does, with some claims replaced. */
export async function signToken(
  key: Uint8Array,
  { iss = "skein", aud = "skein", sub, expiresInS = 600 }: Claims,
  alg = "HS256",
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000);
  const token = new SignJWT().setProtectedHeader({ alg, typ: "JWT" }).setIssuer(iss);
  token.setAudience(aud).setIssuedAt(nowS - 3600);
  if (sub !== undefined) token.setSubject(sub);
  if (expiresInS !== null) token.setExpirationTime(nowS + expiresInS);
  return token.sign(key);
}

/** A token whose payload was changed after signing. */
function tamper(token: string, change: Record<string, unknown>): string {
  const [header = "", , signature = ""] = token.split(".");
  return [header, encode({ ...decodeJwt(token), ...change }), signature].join(".");
}

/** Every kind of bad token, by name; `key` is Skein's own. */
export async function badTokens(key: Uint8Array, victim: Session): Promise<Record<string, string>> {
  const sub = victim.user.id;
  const claims = { iss: "skein", aud: "skein", sub, exp: Math.floor(Date.now() / 1000) + 600 };
  const other = new TextEncoder().encode("another key, also of more than 32 bytes");
  const [header = "", payload = ""] = victim.token.split(".");
  return {
    "of another key": await signToken(other, { sub }),
    "of no algorithm": `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.`,
    "of another algorithm": await signToken(key, { sub }, "HS384"),
    "with another payload": tamper(victim.token, { sub: "0000000000000000" }),
    "with a later expiry": tamper(victim.token, { exp: 9_999_999_999 }),
    "without a signature": `${header}.${payload}.`,
    "that has expired": await signToken(key, { sub, expiresInS: -60 }),
    "that never expires": await signToken(key, { sub, expiresInS: null }),
    "for another audience": await signToken(key, { sub, aud: "elsewhere" }),
    "of another issuer": await signToken(key, { sub, iss: "https://elsewhere.test" }),
    "for an absent subject": await signToken(key, {}),
    "for a subject that is no id": await signToken(key, { sub: "ada" }),
    "of two parts": `${header}.${payload}`,
    "of no JSON": "bm90.anNvbg.c2ln",
    "of no base64": "%%.%%.%%",
    "that is a word": "garbage",
    "without end": "x".repeat(8000),
  };
}

function encode(value: unknown): string {
  return base64url.encode(JSON.stringify(value));
}
