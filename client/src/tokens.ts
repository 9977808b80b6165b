/** The token of a client's calls and sockets, and its renewal. */

/** A token, or what gives the current one; null calls without one. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>);

/**
 * Called with a token that the API has refused; a source that is a function must give the new token from
 * then on. A `SkeinError` that it throws is the error of the call.
 * @returns a new token, or null if the session has ended
 */
export type Refresh = (refused: string) => Promise<string | null> | string | null;

export class Tokens {
  #source: TokenSource;
  readonly #refresh: Refresh;
  #renewing: Promise<string | null> | null = null;

  constructor(source: TokenSource = null, refresh: Refresh = () => null) {
    this.#source = source;
    this.#refresh = refresh;
  }

  /** The token of the next call. */
  async current(): Promise<string | null> {
    return typeof this.#source === "function" ? this.#source() : this.#source;
  }

  /** Renews a refused token, once for all calls that it was refused to. @returns the new one, or null */
  async renew(refused: string): Promise<string | null> {
    const token = await this.current();
    if (token !== refused) return token;
    this.#renewing ??= this.#renew(refused).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew(refused: string): Promise<string | null> {
    const token = await this.#refresh(refused);
    if (token !== null && typeof this.#source !== "function") this.#source = token;
    return token;
  }
}
