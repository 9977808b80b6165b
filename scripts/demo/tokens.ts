/** Tokens of accounts, which an administrator's call makes when they are first needed. */
import type { SkeinClient } from "../skein-client.ts";

export class Tokens {
  readonly #made = new Map<string, Promise<string>>();
  readonly #client: SkeinClient;
  readonly #adminToken: string;

  constructor(client: SkeinClient, adminToken: string) {
    this.#client = client;
    this.#adminToken = adminToken;
  }

  /** The token of the account with this handle. */
  of(handle: string): Promise<string> {
    const known = this.#made.get(handle);
    if (known !== undefined) return known;
    const making = this.#client.tokenFor(this.#adminToken, handle).then((session) => session.token);
    this.#made.set(handle, making);
    // A failed call is repeated next time.
    making.catch(() => this.#made.delete(handle));
    return making;
  }
}
