/** Tokens of accounts, which an administrator's call makes when they are first needed, and again before they expire. */
import { orThrow } from "../../client/src/errors.ts";
import type { Session, SkeinAdministration } from "../../client/src/skein-client.ts";

/** A token is made anew when it has less than this left. */
const RENEW_BEFORE_MS = 60_000;

interface Made {
  token: string;
  expiresMs: number;
}

export class Tokens {
  readonly #made = new Map<string, Promise<Made>>();
  readonly #administration: Pick<SkeinAdministration, "mintToken">;
  readonly #nowMs: () => number;

  constructor(administration: Pick<SkeinAdministration, "mintToken">, nowMs = Date.now) {
    this.#administration = administration;
    this.#nowMs = nowMs;
  }

  /** A token of the account with this handle, good for the next minute at least. */
  async of(handle: string): Promise<string> {
    const known = this.#made.get(handle);
    if (known !== undefined) {
      const { token, expiresMs } = await known;
      if (expiresMs - this.#nowMs() > RENEW_BEFORE_MS) return token;
      // Another caller has made a new one meanwhile.
      if (this.#made.get(handle) !== known) return this.of(handle);
    }
    const making = this.#administration.mintToken(handle).then(orThrow).then(madeOf);
    this.#made.set(handle, making);
    // A failed call is repeated next time.
    making.catch(() => this.#made.delete(handle));
    return (await making).token;
  }
}

function madeOf({ token, expiresAt }: Session): Made {
  return { token, expiresMs: Date.parse(expiresAt) };
}
