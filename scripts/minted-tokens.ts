/** Tokens of accounts that an administrator's calls make, and make again before they expire. */
import { orThrow } from "../client/src/errors.ts";
import type { SkeinAdministration } from "../client/src/skein-client.ts";
import type { Session } from "../client/src/wire.ts";

/** A token with less than this left is not given out: the call that takes it may wait and be repeated. */
const RENEW_BEFORE_MS = 120_000;

export class MintedTokens {
  readonly #made = new Map<string, Promise<Session>>();
  readonly #administration: Pick<SkeinAdministration, "mintToken">;
  readonly #nowMs: () => number;

  constructor(
    administration: Pick<SkeinAdministration, "mintToken">,
    nowMs: () => number = () => Date.now(),
  ) {
    this.#administration = administration;
    this.#nowMs = nowMs;
  }

  /** A token of the account with this handle. @throws SkeinError */
  async of(handle: string): Promise<string> {
    return (await this.session(handle)).token;
  }

  /** The account with this handle, and a token of it that lasts for some minutes. @throws SkeinError */
  async session(handle: string): Promise<Session> {
    const known = this.#made.get(handle);
    const session = await (known ?? this.#make(handle));
    if (Date.parse(session.expiresAt) - this.#nowMs() > RENEW_BEFORE_MS) return session;
    // The first caller makes the new token, and the others use it.
    const newest = this.#made.get(handle);
    return newest !== undefined && newest !== known ? newest : this.#make(handle);
  }

  #make(handle: string): Promise<Session> {
    const making = this.#administration.mintToken(handle).then(orThrow);
    this.#made.set(handle, making);
    // A failed call is repeated next time.
    making.catch(() => {
      if (this.#made.get(handle) === making) this.#made.delete(handle);
    });
    return making;
  }
}
