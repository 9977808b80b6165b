/** The pages of authors' feeds that an isolate caches: the newest of many authors, and some older ones. */
import QuickLRU from "quick-lru";
import type { UserId } from "../../feed/ids.ts";
import { ISOLATE_HEADS_MAX, ISOLATE_PAGES_MAX } from "../../feed/limits.ts";
import { type HeadPage, type OlderPage, olderKey } from "../../feed/delivery/author-feed-pages.ts";

/** A newest page; it has every change that its feed made before `wholeToMs`. */
export interface CachedHead {
  head: HeadPage;
  wholeToMs: number;
}

export class PageCache {
  readonly #heads = new QuickLRU<UserId, CachedHead>({ maxSize: ISOLATE_HEADS_MAX });
  readonly #older = new QuickLRU<string, OlderPage>({ maxSize: ISOLATE_PAGES_MAX });

  /** The newest page that is cached for an author and an epoch; null if there is none. */
  head(author: UserId, epoch: number): CachedHead | null {
    const cached = this.#heads.get(author);
    return cached?.head.epoch === epoch ? cached : null;
  }

  /** Caches a newest page, unless a newer one is cached. @returns the one that is cached now */
  keepHead(author: UserId, read: CachedHead): CachedHead {
    const cached = this.head(author, read.head.epoch);
    const newer = cached !== null && cached.head.version > read.head.version ? cached : read;
    const wholeToMs =
      cached?.head.version === read.head.version
        ? Math.max(cached.wholeToMs, read.wholeToMs)
        : newer.wholeToMs;
    const kept = { head: newer.head, wholeToMs };
    this.#heads.set(author, kept);
    return kept;
  }

  /** A cached older page, at least as new as its head says; null if there is none. */
  older(author: UserId, head: HeadPage, wanted: HeadPage["older"][number]): OlderPage | null {
    const page = this.#older.get(olderKey(author, wanted.no));
    return page !== undefined && isPage(page, head, wanted) ? page : null;
  }

  keepOlder(author: UserId, no: number, page: OlderPage): void {
    this.#older.set(olderKey(author, no), page);
  }
}

/** Whether a page is the one that a head lists, and no older version of it. */
export function isPage(
  page: OlderPage,
  head: HeadPage,
  wanted: HeadPage["older"][number],
): boolean {
  return page.epoch === head.epoch && page.version >= wanted.version;
}
