/**
 * Values of KV by key, read through the data centre's cache: KV costs money for each key, also for a missing one, and
 * that cache costs nothing.
 */
import pMap from "p-map";
import { NEAR_CONCURRENCY, NEAR_READS_MAX } from "../../feed/limits-near.ts";
import { type Kept, type NearCache, nearUrl, readKept, writeKept } from "./near-cache.ts";

/** What is read. */
export interface NearSource {
  /** The first part of the addresses in the data centre's cache. */
  kind: string;
  /** Reads values by key, as JSON; null or nothing where there is none. */
  read(keys: string[]): Promise<ReadonlyMap<string, unknown>>;
  /** Whether the data centre can have the value of a key by now; always, if not given. A call takes time. */
  mayHave?(key: string, nowMs: number): boolean;
  /** How long a value, or that there is none (null), may be used after it was read, in milliseconds. */
  keptMs(key: string, kept: Kept<unknown>): number;
}

export interface NearPlace {
  near: NearCache;
  nowMs(): number;
  /** Lets work go on when the request has its answer. */
  afterwards(work: Promise<unknown>): void;
}

export class NearValues {
  readonly #source: NearSource;
  readonly #place: NearPlace;

  constructor(source: NearSource, place: NearPlace) {
    this.#source = source;
    this.#place = place;
  }

  /** Reads values: from the data centre what is not too old, everything else from KV. */
  async read(keys: readonly string[]): Promise<Map<string, Kept<unknown>>> {
    const found = await this.readNear(keys);
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    for (const [key, kept] of await this.readFar(missing)) found.set(key, kept);
    return found;
  }

  /** Reads values from the data centre alone, of the first `NEAR_READS_MAX` keys that it can have. */
  async readNear(keys: readonly string[]): Promise<Map<string, Kept<unknown>>> {
    const found = new Map<string, Kept<unknown>>();
    const read = async (key: string): Promise<void> => {
      const kept = await readKept(this.#place.near, nearUrl(this.#source.kind, key));
      if (kept !== null && this.#isFresh(key, kept)) found.set(key, kept);
    };
    const nowMs = this.#place.nowMs();
    const possible = keys.filter((key) => this.#source.mayHave?.(key, nowMs) ?? true);
    await pMap(possible.slice(0, NEAR_READS_MAX), read, { concurrency: NEAR_CONCURRENCY });
    return found;
  }

  /** Reads values from KV, and gives them to the data centre. */
  async readFar(keys: readonly string[]): Promise<Map<string, Kept<unknown>>> {
    const readMs = this.#place.nowMs();
    const values = await this.#source.read([...keys]);
    const read = new Map(keys.map((key) => [key, { value: values.get(key) ?? null, readMs }]));
    this.keep(read);
    return read;
  }

  /** Gives values to the data centre, `NEAR_READS_MAX` of them at most. Nobody waits for it. */
  keep(values: ReadonlyMap<string, Kept<unknown>>): void {
    const write = async ([key, kept]: [string, Kept<unknown>]): Promise<void> => {
      const keptMs = this.#source.keptMs(key, kept);
      if (keptMs < SHORTEST_MS) return;
      await writeKept(this.#place.near, nearUrl(this.#source.kind, key), kept, keptMs);
    };
    const first = [...values].slice(0, NEAR_READS_MAX);
    this.#place.afterwards(pMap(first, write, { concurrency: NEAR_CONCURRENCY }));
  }

  #isFresh(key: string, kept: Kept<unknown>): boolean {
    return this.#place.nowMs() - kept.readMs < this.#source.keptMs(key, kept);
  }
}

/** The cache counts in seconds. */
const SHORTEST_MS = 1_000;
