/**
 * Refresh tokens. The newest one follows from the one before it and a stored nonce, so that a client whose answer
 * was lost gets the same one again, and nobody can make it from the store alone.
 */
import { base64url } from "jose";
import { type RefreshParts, refreshToken, type RefreshUse } from "../../feed/sessions.ts";

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
const NONCE_BYTES = 16;

function random(bytes: number): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A session's first refresh token, and the hashes to store. */
export async function firstRefreshToken(
  owner: Pick<RefreshParts, "account" | "session">,
): Promise<{ refreshToken: string; family: string; current: string }> {
  const [family, secret] = [random(FAMILY_BYTES), random(SECRET_BYTES)];
  return {
    refreshToken: refreshToken({ ...owner, family, secret }),
    family: await hashOf(family),
    current: await hashOf(secret),
  };
}

/** The refresh token that follows another one. */
export async function nextRefreshToken(parts: RefreshParts, nonce: string): Promise<RefreshParts> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(parts.secret), algorithm, false, [
    "sign",
  ]);
  const text = bytes.encode(`${parts.session}.${nonce}`);
  const secret = base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, text)));
  return { ...parts, secret };
}

/** A use of a refresh token, with the hashes that the store compares. */
export async function useOf(parts: RefreshParts, nowMs: number): Promise<RefreshUse> {
  const { account, session, family, secret } = parts;
  const nonce = random(NONCE_BYTES);
  const next = await nextRefreshToken(parts, nonce);
  return {
    ...{ account, session, nonce, nowMs },
    family: await hashOf(family),
    used: await hashOf(secret),
    next: await hashOf(next.secret),
  };
}
