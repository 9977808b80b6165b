/** Counts of posts for pages, from one bulk read of KV. It never reads the store. */
import { errorText } from "../../feed/error-text.ts";
import { z } from "zod";
import {
  countsKey,
  type PublishedCounts,
  publishedCountsSchema,
} from "../../feed/counts/published-counts.ts";
import type { PostId } from "../../feed/ids.ts";
import {
  COUNTS_CACHE_TTL_S,
  COUNTS_RANKED_MS,
  COUNTS_READ_BUDGET_MS,
  ISOLATE_COUNTS_MAX,
} from "../../feed/limits.ts";
import type { Meter } from "../metrics/meter.ts";
import { within } from "../../durable-objects/within.ts";
import QuickLRU from "quick-lru";

const storedSchema = z.nullable(publishedCountsSchema).catch(null);

/** Counts for ranking, which may be some seconds old. */
export interface RecentCounts {
  counts: ReadonlyMap<PostId, PublishedCounts>;
  /** Posts whose counts were read just now; some of them have none. */
  fresh: readonly PostId[];
}

export class CountsCache {
  readonly #kv: KVNamespace;
  readonly #meter: Meter;
  /** What the last read found; null where KV has no counts. */
  readonly #known = new QuickLRU<PostId, PublishedCounts | null>({
    maxSize: ISOLATE_COUNTS_MAX,
    maxAge: COUNTS_RANKED_MS,
  });

  constructor(kv: KVNamespace, meter: Meter) {
    this.#kv = kv;
    this.#meter = meter;
  }

  /** Reads the counts of up to a page of posts; a post that is missing keeps the counts of its entry. */
  async read(posts: readonly PostId[]): Promise<Map<PostId, PublishedCounts>> {
    const counts = new Map<PostId, PublishedCounts>();
    if (posts.length === 0) return counts;
    try {
      const stored = await within(
        this.#kv.get(posts.map(countsKey), { type: "json", cacheTtl: COUNTS_CACHE_TTL_S }),
        { milliseconds: COUNTS_READ_BUDGET_MS },
      );
      for (const post of posts) {
        const value = storedSchema.parse(stored.get(countsKey(post)) ?? null);
        if (value !== null) counts.set(post, value);
        this.#known.set(post, value);
      }
    } catch (error) {
      // A page with the counts of its entries is better than no page.
      console.warn("KV did not return counts", errorText(error));
    }
    this.#meter.count("counts", "kv", counts.size);
    this.#meter.count("counts", "entry", posts.length - counts.size);
    return counts;
  }

  /** Deletes what a post's counter has published. */
  async forget(post: PostId): Promise<void> {
    this.#known.delete(post);
    await this.#kv.delete(countsKey(post));
  }

  /** Counts good enough for ranking: reads only what this isolate has not read in the last seconds. */
  async recent(posts: readonly PostId[]): Promise<RecentCounts> {
    const fresh = posts.filter((post) => !this.#known.has(post));
    const counts = await this.read(fresh);
    for (const post of posts) {
      const known = this.#known.get(post);
      if (known !== null && known !== undefined) counts.set(post, known);
    }
    return { counts, fresh };
  }
}
