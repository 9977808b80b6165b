/** Tokens of accounts, which an administrator's call makes when they are first needed. */
import { orThrow } from "../../client/src/errors.ts";
import type { SkeinAdministration } from "../../client/src/skein-client.ts";

export class Tokens {
  readonly #made = new Map<string, Promise<string>>();
  readonly #administration: SkeinAdministration;

  constructor(administration: SkeinAdministration) {
    this.#administration = administration;
  }

  /** The token of the account with this handle. */
  of(handle: string): Promise<string> {
    const known = this.#made.get(handle);
    if (known !== undefined) return known;
    const making = this.#administration.mintToken(handle).then((session) => orThrow(session).token);
    this.#made.set(handle, making);
    // A failed call is repeated next time.
    making.catch(() => this.#made.delete(handle));
    return making;
  }
}
