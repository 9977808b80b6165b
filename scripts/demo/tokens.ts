/** Tokens of accounts, which an administrator's call makes when they are first needed, and again before they expire. */
import { orThrow, type Result } from "../../client/src/errors.ts";
import type { Session } from "../../client/src/skein-client.ts";

/** A token is made anew when it has less than this left. */
const RENEW_BEFORE_MS = 60_000;

type Minted = Pick<Session, "token" | "expiresAt">;

/** The administrator's call. */
interface Mint {
  mintToken(handle: string): Promise<Result<Minted>>;
}

interface Made {
  token: string;
  expiresMs: number;
}

export class Tokens {
  readonly #made = new Map<string, Promise<Made>>();
  readonly #administration: Mint;
  readonly #nowMs: () => number;

  constructor(administration: Mint, nowMs = Date.now) {
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

function madeOf({ token, expiresAt }: Minted): Made {
  return { token, expiresMs: Date.parse(expiresAt) };
}
