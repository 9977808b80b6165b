/** Counts of posts as pages show them: one bulk read of KV, never the store. */
import { z } from "zod";
import { countsKey } from "../feed/counts-key.ts";
import { type Counts, countsSchema } from "../feed/entry.ts";
import type { PostId } from "../feed/ids.ts";
import { COUNTS_CACHE_TTL_S, COUNTS_READ_BUDGET_MS } from "../feed/limits.ts";
import type { Meter } from "./meter.ts";
import pTimeout from "p-timeout";

const storedSchema = z.nullable(countsSchema).catch(null);

export class CountsCache {
  readonly #kv: KVNamespace;
  readonly #meter: Meter;

  constructor(kv: KVNamespace, meter: Meter) {
    this.#kv = kv;
    this.#meter = meter;
  }

  /** Counts of up to a page of posts; a post without an answer keeps the counts it carries. */
  async read(posts: readonly PostId[]): Promise<Map<PostId, Counts>> {
    const counts = new Map<PostId, Counts>();
    if (posts.length === 0) return counts;
    try {
      const stored = await pTimeout(
        this.#kv.get(posts.map(countsKey), { type: "json", cacheTtl: COUNTS_CACHE_TTL_S }),
        { milliseconds: COUNTS_READ_BUDGET_MS },
      );
      for (const post of posts) {
        const value = storedSchema.parse(stored.get(countsKey(post)) ?? null);
        if (value !== null) counts.set(post, value);
      }
    } catch (error) {
      // A page with counts as of its entries is better than no page.
      console.warn("counts could not be read", error);
    }
    this.#meter.count("counts", "kv", counts.size);
    this.#meter.count("counts", "entry", posts.length - counts.size);
    return counts;
  }
}
