/**
 * Hashes passwords apart from what serves pages: hashing takes a tenth of a second of a core, and the
 * edge must not be made busy with it. Each of a fixed number of these objects has the handles of one
 * hash, so it also sees every password that is tried for a handle, from all over the world. It stores
 * how many were tried, and neither passwords nor hashes.
 */
import { DurableObject } from "cloudflare:workers";
import { HashingGate } from "../../feed/hashing-gate.ts";
import {
  PASSWORD_HASHES_PER_S_DEFAULT,
  SIGN_IN_ATTEMPTS_WINDOW_MS,
} from "../../feed/limits-protection.ts";
import { migrate } from "../storage/migrate.ts";
import { wakeBy } from "../storage/wake-by.ts";
import { Attempts, ATTEMPTS_MIGRATIONS } from "./attempts.ts";
import { checkPassword, hashPassword } from "./scrypt.ts";

/** The object has as much work as it takes; or a handle has had as many attempts as it may. */
export type Refused = { status: "busy" | "too_many_attempts"; retryAfterS: number };
export type Hashed = { status: "hashed"; hash: string } | Refused;
export type Checked = { status: "checked"; matches: boolean } | Refused;

export class PasswordHasher extends DurableObject<Env> {
  readonly #gate: HashingGate;
  readonly #attempts: Attempts;
  /** Ends when the next hash may begin. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, ATTEMPTS_MIGRATIONS);
    this.#attempts = new Attempts(ctx.storage.sql);
    this.#gate = new HashingGate(
      Number(env.PASSWORD_HASHES_PER_S) || PASSWORD_HASHES_PER_S_DEFAULT,
    );
  }

  /** Hashes a new password. */
  async hash(password: string): Promise<Hashed> {
    if (!this.#gate.enter()) return this.#busy();
    return { status: "hashed", hash: await this.#inTurn(() => hashPassword(password)) };
  }

  /**
   * Checks a password against a stored hash; null takes as long and never matches.
   * @param handle whose attempts this one counts among
   * @param isLimited whether too many of them are refused
   */
  async check(
    handle: string,
    password: string,
    stored: string | null,
    isLimited: boolean,
  ): Promise<Checked> {
    const nowMs = Date.now();
    const waitMs = isLimited ? this.#attempts.waitMs(handle, nowMs) : 0;
    if (waitMs > 0) return { status: "too_many_attempts", retryAfterS: Math.ceil(waitMs / 1000) };
    if (!this.#gate.enter()) return this.#busy();
    this.#attempts.take(handle, nowMs);
    const matches = await this.#inTurn(async () => {
      await wakeBy(this.ctx.storage, nowMs + SIGN_IN_ATTEMPTS_WINDOW_MS);
      return checkPassword(password, stored);
    });
    if (matches) this.#attempts.forget(handle);
    return { status: "checked", matches };
  }

  /** Forgets the windows that are over. */
  override async alarm(): Promise<void> {
    const nextMs = this.#attempts.prune(Date.now());
    if (nextMs !== null) await wakeBy(this.ctx.storage, nextMs);
  }

  /** Does the work of a call that has entered, after those before it. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#lastTurn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    this.#lastTurn = promise;
    await before;
    const beganMs = Date.now();
    try {
      return await work();
    } finally {
      this.#gate.leave();
      void this.#rest(beganMs).finally(endTurn);
    }
  }

  /** Ends when the next hash may begin, after one that began at a time and has just ended. */
  async #rest(beganMs: number): Promise<void> {
    // A clock of the platform stands still during a computation and goes on with the next event.
    await sleep(1);
    await sleep(this.#gate.pauseMs(Date.now() - beganMs));
  }

  #busy(): Refused {
    return { status: "busy", retryAfterS: this.#gate.retryAfterS };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
