/** Who administers: holders of the ADMIN_TOKEN, and of keys that were made with it. */
import { timingSafeEqual } from "node:crypto";
import type { AdministrationStub, Objects } from "../../durable-objects/objects.ts";
import {
  ADMIN_SCOPES,
  type AdminKey,
  type Administrator,
  type AdminScope,
  type AdminUse,
} from "../../feed/admin-access.ts";
import { ADMIN_PASSED_MS } from "../../feed/limits-protection.ts";
import { base64url } from "jose";
import QuickLRU from "quick-lru";

/** The one object of a Skein. */
const OBJECT = "administration";
const KEY_TOKEN = /^skein-admin-([0-9a-f]{16})-([\w-]{43})$/;
/** Administrators that an isolate remembers: there are not many more. */
const REMEMBERED = 100;

export class Administrators {
  readonly #objects: Objects<AdministrationStub>;
  readonly #rootToken: string | undefined;
  /** By the digest of the token, so that a token is compared nowhere. */
  readonly #passed = new QuickLRU<string, Administrator>({
    maxSize: REMEMBERED,
    maxAge: ADMIN_PASSED_MS,
  });

  /** @param rootToken the ADMIN_TOKEN; without one nobody administers */
  constructor(objects: Objects<AdministrationStub>, rootToken: string | undefined) {
    this.#objects = objects;
    this.#rootToken = rootToken;
  }

  get exist(): boolean {
    return this.#rootToken !== undefined;
  }

  /** The administrator whose token has passed in this isolate within a minute. */
  async recent(token: string): Promise<Administrator | null> {
    return this.#passed.get(await digest(token)) ?? null;
  }

  /** Checks a token. @throws ObjectUnavailable */
  async check(token: string): Promise<Administrator | null> {
    const administrator = (await this.#isRoot(token))
      ? { id: "root", scopes: null }
      : await this.#holder(token);
    if (administrator !== null) this.#passed.set(await digest(token), administrator);
    return administrator;
  }

  /** Makes a key. @returns it with its token; null if there are too many. @throws ObjectUnavailable */
  async makeKey(
    { name, scopes }: { name: string; scopes: readonly AdminScope[] },
    { nowMs, expiresMs }: { nowMs: number; expiresMs: number },
  ): Promise<{ key: AdminKey; token: string } | null> {
    const id = hex(crypto.getRandomValues(new Uint8Array(8)));
    const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
    const token = `skein-admin-${id}-${secret}`;
    const ordered = ADMIN_SCOPES.filter((scope) => scopes.includes(scope));
    const key = { id, name, scopes: ordered, createdMs: nowMs, expiresMs };
    const hash = await digest(token);
    const isAdded = await this.#call(async (desk) => await desk.addKey(key, hash));
    return isAdded ? { key, token } : null;
  }

  keys(): Promise<AdminKey[]> {
    return this.#call(async (desk) => await desk.keys());
  }

  /** Ends a key; an isolate that has seen it forgets it within a minute. */
  removeKey(id: string): Promise<boolean> {
    return this.#call(async (desk) => await desk.removeKey(id));
  }

  record(use: Pick<AdminUse, "by" | "operation" | "subject" | "requestId">): Promise<void> {
    return this.#call(async (desk) => {
      await desk.record(use);
    });
  }

  uses(below: number, limit: number): Promise<AdminUse[]> {
    return this.#call(async (desk) => await desk.uses(below, limit));
  }

  async #isRoot(token: string): Promise<boolean> {
    if (this.#rootToken === undefined) return false;
    const [left, right] = await Promise.all([digest(token), digest(this.#rootToken)]);
    const bytes = (text: string) => new TextEncoder().encode(text);
    return timingSafeEqual(bytes(left), bytes(right));
  }

  async #holder(token: string): Promise<Administrator | null> {
    const [, id] = KEY_TOKEN.exec(token) ?? [];
    if (id === undefined) return null;
    const hash = await digest(token);
    return this.#call(async (desk) => await desk.authenticate(id, hash));
  }

  #call<T>(work: (desk: AdministrationStub) => Promise<T>): Promise<T> {
    return this.#objects.call(OBJECT, work);
  }
}

/** A token has 256 random bits, so its plain hash leads nobody back to it. */
async function digest(token: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return hex(new Uint8Array(bytes));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
