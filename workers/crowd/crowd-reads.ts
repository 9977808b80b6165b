/**
 * Reads of what a crowd reads at once, such as a post that everybody opens. What few people read comes from the store
 * each time, and is as new as the last write. What a crowd reads is kept by the isolate and by the data centre for some
 * seconds, so that the store gets a few reads a second from each data centre, however many readers there are.
 */
import QuickLRU from "quick-lru";
import { CROWD_KEPT_MS, CROWD_READS_MAX } from "../../feed/limits.ts";
import { type Kept, type NearCache, nearUrl, readKept, writeKept } from "../near/near-cache.ts";

/** The source of values, and the rules for keeping them. */
export interface CrowdSource<T> {
  /** The first part of the addresses in the data centre's cache. */
  kind: string;
  /** Reads one value from the store; undefined if there is none, which nobody keeps. */
  read(key: string): Promise<T | undefined>;
  /** Whether so many may read the value that it is kept. */
  isCrowded(value: T): boolean;
  /** Parses a kept value; throws if another version of the code has kept it. */
  parse(value: unknown): T;
}

/** The share of its life after which some of the readers read a kept value anew, before all of them would. */
const EARLY_SHARE = 0.6;

export class CrowdReads<T> {
  readonly #source: CrowdSource<T>;
  readonly #near: NearCache;
  readonly #nowMs: () => number;
  readonly #kept = new QuickLRU<string, Kept<T>>({ maxSize: CROWD_READS_MAX });
  readonly #reading = new Map<string, Promise<T | undefined>>();

  constructor(source: CrowdSource<T>, near: NearCache, nowMs: () => number) {
    this.#source = source;
    this.#near = near;
    this.#nowMs = nowMs;
  }

  /** Reads a value; undefined if there is none. It is at most `CROWD_KEPT_MS` old. */
  async get(key: string): Promise<T | undefined> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return this.#getNear(key);
    if (this.#isFresh(kept)) return kept.value;
    // All readers in this isolate wait for one read. A value that was not kept before is never shared so, because its
    // reader may have changed it since the read began.
    const reading = this.#reading.get(key) ?? this.#getNear(key);
    this.#reading.set(key, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(key);
    }
  }

  /** Drops a value that has changed, from this isolate and its data centre. */
  async drop(key: string): Promise<void> {
    if (!this.#kept.delete(key)) return;
    await this.#near.delete(this.#urlOf(key));
  }

  async #getNear(key: string): Promise<T | undefined> {
    const near = await this.#readNear(key);
    if (near !== null && this.#isFresh(near)) {
      this.#kept.set(key, near);
      return near.value;
    }
    const readMs = this.#nowMs();
    const value = await this.#source.read(key);
    if (value === undefined || !this.#source.isCrowded(value)) {
      this.#kept.delete(key);
      return value;
    }
    this.#kept.set(key, { value, readMs });
    await writeKept(this.#near, this.#urlOf(key), { value, readMs }, CROWD_KEPT_MS);
    return value;
  }

  #isFresh({ readMs }: Kept<T>): boolean {
    const early = EARLY_SHARE + (1 - EARLY_SHARE) * Math.random();
    return this.#nowMs() - readMs < CROWD_KEPT_MS * early;
  }

  async #readNear(key: string): Promise<Kept<T> | null> {
    const kept = await readKept(this.#near, this.#urlOf(key));
    try {
      return kept === null ? null : { ...kept, value: this.#source.parse(kept.value) };
    } catch {
      return null;
    }
  }

  #urlOf(key: string): string {
    return nearUrl(this.#source.kind, key);
  }
}
