/** A test double of the cache that the isolates of a data centre share. */
import type { NearCache } from "../workers/near/near-cache.ts";

/** A data centre's cache, which answers with what it was given, and counts the calls. */
export class DataCentre implements NearCache {
  readonly #texts = new Map<string, string>();
  broken = false;
  readonly calls = { match: 0, put: 0 };

  async match(url: string): Promise<Response | undefined> {
    this.calls.match++;
    if (this.broken) throw new Error("no cache");
    const text = this.#texts.get(url);
    return Promise.resolve(text === undefined ? undefined : new Response(text));
  }

  async put(url: string, response: Response): Promise<void> {
    this.calls.put++;
    if (this.broken) throw new Error("no cache");
    this.#texts.set(url, await response.text());
  }

  async delete(url: string): Promise<boolean> {
    return Promise.resolve(this.#texts.delete(url));
  }
}
