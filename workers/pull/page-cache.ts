/** Pages of outboxes that an isolate keeps: the newest of many authors, and some older ones. */
import QuickLRU from "quick-lru";
import type { UserId } from "../../feed/ids.ts";
import { ISOLATE_HEADS_MAX, ISOLATE_PAGES_MAX } from "../../feed/limits.ts";
import { type HeadPage, type OlderPage, olderKey } from "../../feed/delivery/author-feed-pages.ts";

/** A newest page, and up to when it has every change of its outbox. */
export interface KnownHead {
  head: HeadPage;
  wholeToMs: number;
}

export class PageCache {
  readonly #heads = new QuickLRU<UserId, KnownHead>({ maxSize: ISOLATE_HEADS_MAX });
  readonly #older = new QuickLRU<string, OlderPage>({ maxSize: ISOLATE_PAGES_MAX });

  /** The newest page known of an author, for an epoch. */
  head(author: UserId, epoch: number): KnownHead | null {
    const known = this.#heads.get(author);
    return known?.head.epoch === epoch ? known : null;
  }

  /** Keeps a newest page, unless a newer one is known. @returns the one that is kept */
  keepHead(author: UserId, found: KnownHead): KnownHead {
    const known = this.head(author, found.head.epoch);
    const newer = known !== null && known.head.version > found.head.version ? known : found;
    const wholeToMs =
      known?.head.version === found.head.version
        ? Math.max(known.wholeToMs, found.wholeToMs)
        : newer.wholeToMs;
    const kept = { head: newer.head, wholeToMs };
    this.#heads.set(author, kept);
    return kept;
  }

  /** An older page at least as new as its head says. */
  older(author: UserId, head: HeadPage, wanted: HeadPage["older"][number]): OlderPage | null {
    const page = this.#older.get(olderKey(author, wanted.no));
    return page !== undefined && isPage(page, head, wanted) ? page : null;
  }

  keepOlder(author: UserId, no: number, page: OlderPage): void {
    this.#older.set(olderKey(author, no), page);
  }
}

/** Whether a page is the one that a head names, and not an older state of it. */
export function isPage(
  page: OlderPage,
  head: HeadPage,
  wanted: HeadPage["older"][number],
): boolean {
  return page.epoch === head.epoch && page.version >= wanted.version;
}
