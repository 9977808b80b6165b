/** Passwords, as routes use them: hashed and checked in objects of their own. */
import type { Objects, PasswordHasherStub } from "../../durable-objects/objects.ts";
import type { Refused } from "../../durable-objects/password-hasher/password-hasher.ts";
import { fnv1a } from "../../feed/hash.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Config } from "../config.ts";

/** As many passwords are hashed as may be at a time. */
class PasswordsBusy extends Unavailable {
  override readonly name = "PasswordsBusy";
  override readonly isFault = false;
  override readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super("as many passwords are hashed as may be at a time");
    this.retryAfterS = retryAfterS;
  }
}

/** A handle has had as many attempts at its password as it may have for now. */
export class TooManyAttempts extends Error {
  override readonly name = "TooManyAttempts";
  readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super("too many passwords were tried for a handle");
    this.retryAfterS = retryAfterS;
  }
}

export class Passwords {
  readonly #hashers: Objects<PasswordHasherStub>;
  readonly #count: number;
  readonly #isLimited: boolean;

  constructor(
    hashers: Objects<PasswordHasherStub>,
    config: Pick<Config, "PASSWORD_HASHERS" | "RATE_LIMITS">,
  ) {
    this.#hashers = hashers;
    this.#count = config.PASSWORD_HASHERS;
    this.#isLimited = config.RATE_LIMITS === "on";
  }

  /**
   * Hashes a password for storing. @param handle whose account it is for, folded
   * @throws PasswordsBusy, ObjectUnavailable
   */
  async hash(handle: string, password: string): Promise<string> {
    const name = this.#hasherOf(handle);
    const hashed = await this.#hashers.call(name, async (hasher) => await hasher.hash(password));
    if (hashed.status !== "hashed") throw refusal(hashed);
    return hashed.hash;
  }

  /**
   * Whether a password matches a stored hash. Without a hash (an unknown handle, an imported account) it
   * answers false after the same time.
   * @param handle whose attempts this one counts among, folded
   * @throws PasswordsBusy, TooManyAttempts, ObjectUnavailable
   */
  async check(handle: string, password: string, stored: string | null): Promise<boolean> {
    const checked = await this.#hashers.call(
      this.#hasherOf(handle),
      async (hasher) => await hasher.check(handle, password, stored, this.#isLimited),
    );
    if (checked.status !== "checked") throw refusal(checked);
    return checked.matches;
  }

  #hasherOf(handle: string): string {
    return String(fnv1a(handle) % this.#count);
  }
}

function refusal({ status, retryAfterS }: Refused): Error {
  return status === "busy" ? new PasswordsBusy(retryAfterS) : new TooManyAttempts(retryAfterS);
}
