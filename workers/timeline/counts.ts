/**
 * Counts of posts for pages: from the isolate or its data centre while they are not too old, else from one bulk read of
 * KV. It never reads the store.
 */
import QuickLRU from "quick-lru";
import { z } from "zod";
import { within } from "../../durable-objects/within.ts";
import { countsKeptMs } from "../../feed/counts/kept-counts.ts";
import {
  countsKey,
  type PublishedCounts,
  publishedCountsSchema,
  postOfCountsKey,
} from "../../feed/counts/published-counts.ts";
import { errorText } from "../../feed/error-text.ts";
import type { PostId } from "../../feed/ids.ts";
import {
  COUNTS_CACHE_TTL_S,
  COUNTS_READ_BUDGET_MS,
  ISOLATE_COUNTS_MAX,
} from "../../feed/limits.ts";
import { CARD_KEPT_MS } from "../../feed/limits-profiles.ts";
import type { Meter } from "../metrics/meter.ts";
import type { Kept } from "../near/near-cache.ts";
import { type NearPlace, NearValues } from "../near/near-values.ts";

const storedSchema = z.nullable(publishedCountsSchema).catch(null);

/** The KV namespace of counts, as far as it is read here. */
interface CountsKv {
  get(keys: string[], options: { type: "json"; cacheTtl: number }): Promise<Map<string, unknown>>;
  delete(key: string): Promise<void>;
}

export class CountsCache {
  readonly #meter: Pick<Meter, "count">;
  readonly #nowMs: () => number;
  readonly #near: NearValues;
  readonly #kv: Pick<CountsKv, "delete">;
  /** What was read last; null where KV has no counts. */
  readonly #known = new QuickLRU<PostId, Kept<PublishedCounts | null>>({
    maxSize: ISOLATE_COUNTS_MAX,
  });

  constructor(kv: CountsKv, place: NearPlace, meter: Pick<Meter, "count">) {
    this.#meter = meter;
    this.#kv = kv;
    this.#nowMs = () => place.nowMs();
    this.#near = new NearValues(
      {
        kind: "counts",
        read: (keys) => kv.get(keys, { type: "json", cacheTtl: COUNTS_CACHE_TTL_S }),
        mayHave: (key, nowMs) => countsKeptMs(postOfCountsKey(key), null, nowMs) > 0,
        keptMs: (key, { value, readMs }) =>
          countsKeptMs(postOfCountsKey(key), storedSchema.parse(value), readMs),
      },
      place,
    );
  }

  /**
   * Reads counts, as old as `countsKeptMs` allows at most. A post that is missing keeps the counts of its entry.
   * @param reposted those of the posts that are shown as reposts
   */
  async read(
    posts: readonly PostId[],
    reposted: readonly PostId[] = [],
  ): Promise<Map<PostId, PublishedCounts>> {
    const nowMs = this.#nowMs();
    const known = posts.filter((post) => this.#isFresh(post));
    const counts = await this.#readWith(known, posts, (keys) => this.#near.read(keys));
    // What was read before the repost lacks the author's newest card.
    const older = reposted.filter((post) => this.#lacksRepost(post, nowMs));
    if (older.length === 0) return counts;
    return new Map([...counts, ...(await this.readNewest(older))]);
  }

  /** Reads counts from KV, whatever is kept nearer. */
  readNewest(posts: readonly PostId[]): Promise<Map<PostId, PublishedCounts>> {
    return this.#readWith([], posts, (keys) => this.#near.readFar(keys));
  }

  async #readWith(
    known: readonly PostId[],
    posts: readonly PostId[],
    readKeys: (keys: string[]) => Promise<Map<string, Kept<unknown>>>,
  ): Promise<Map<PostId, PublishedCounts>> {
    const unknown = posts.filter((post) => !known.includes(post));
    if (unknown.length > 0) await this.#learn(unknown, readKeys);
    const counts = new Map<PostId, PublishedCounts>();
    for (const post of posts) {
      const value = this.#known.get(post)?.value ?? null;
      if (value !== null) counts.set(post, value);
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

  /** Reads what is not known. If it does not come in time, older counts, or those of the entries, are better than no page. */
  async #learn(
    posts: readonly PostId[],
    readKeys: (keys: string[]) => Promise<Map<string, Kept<unknown>>>,
  ): Promise<void> {
    try {
      const reading = readKeys(posts.map(countsKey));
      const read = await within(reading, { milliseconds: COUNTS_READ_BUDGET_MS });
      for (const post of posts) {
        const { value = null, readMs = this.#nowMs() } = read.get(countsKey(post)) ?? {};
        this.#known.set(post, { value: storedSchema.parse(value), readMs });
      }
    } catch (error) {
      console.warn("KV did not return counts", errorText(error));
    }
  }

  #lacksRepost(post: PostId, nowMs: number): boolean {
    const kept = this.#known.get(post);
    if (kept === undefined || (kept.value?.counts.reposts ?? 0) > 0) return false;
    return nowMs - kept.readMs > CARD_KEPT_MS;
  }

  #isFresh(post: PostId): boolean {
    const kept = this.#known.get(post);
    if (kept === undefined) return false;
    return this.#nowMs() - kept.readMs < countsKeptMs(post, kept.value, kept.readMs);
  }
}
