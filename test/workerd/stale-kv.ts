/**
 * KV as it is far from its writer: a location reads values a minute late, and caches them for half a
 * minute more, missing keys too.
 */
import { KV_STALE_MAX_MS, AUTHOR_FEED_CACHE_TTL_S } from "../../feed/limits.ts";

const KEPT_MS = AUTHOR_FEED_CACHE_TTL_S * 1000;
/** How late a location sees a write. */
const LATE_MS = KV_STALE_MAX_MS - KEPT_MS;

/** Written values, each with the time of its write. */
export class WrittenKv {
  readonly #history = new Map<string, { fromMs: number; value: unknown }[]>();

  /** @param value null for a deleted key */
  write(key: string, value: unknown, nowMs: number): void {
    const history = this.#history.get(key) ?? [];
    history.unshift({ fromMs: nowMs, value });
    this.#history.set(key, history);
  }

  at(key: string, timeMs: number): unknown {
    return this.#history.get(key)?.find(({ fromMs }) => fromMs <= timeMs)?.value ?? null;
  }
}

/** The view of one location. */
export class StaleLocation {
  readonly #kv: WrittenKv;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, { untilMs: number; value: unknown }>();

  constructor(kv: WrittenKv, nowMs: () => number) {
    this.#kv = kv;
    this.#nowMs = nowMs;
  }

  read(keys: readonly string[]): Map<string, unknown> {
    return new Map(keys.map((key) => [key, this.#readOne(key)]));
  }

  #readOne(key: string): unknown {
    const nowMs = this.#nowMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > nowMs) return kept.value;
    const value = this.#kv.at(key, nowMs - LATE_MS);
    this.#kept.set(key, { untilMs: nowMs + KEPT_MS, value });
    return value;
  }
}
