/** Passwords: scrypt with parameters in the hash, so that they can be raised later. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** OWASP's password storage cheat sheet (scrypt, 16 MiB): N = 2^14, r = 8, p = 5. */
const COST = { N: 2 ** 14, r: 8, p: 5 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

function derive(
  password: string,
  salt: Uint8Array,
  cost: { N: number; r: number; p: number },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, cost, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Hashes a password for storing: `scrypt$N$r$p$salt$key`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  const parts = [COST.N, COST.r, COST.p, base64(salt), base64(key)];
  return ["scrypt", ...parts].join("$");
}

/**
 * Whether a password matches a stored hash. Without a hash (an unknown handle, an imported account) it
 * answers false after the same time.
 */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  const [, n, r, p, salt, key] = (stored ?? "").split("$");
  const known = salt !== undefined && key !== undefined;
  const cost = known ? { N: Number(n), r: Number(r), p: Number(p) } : COST;
  const derived = await derive(password, bytes(salt ?? ""), cost);
  return known && timingSafeEqual(derived, bytes(key));
}

function base64(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data));
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
