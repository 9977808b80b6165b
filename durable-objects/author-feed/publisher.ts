/**
 * Publishes what an author feed holds: its pages to KV, its news to the hubs that have attached themselves.
 * What fails is retried, and what succeeded is not repeated.
 */
import { errorText } from "../../feed/error-text.ts";
import pMap from "p-map";
import { TimeoutError, within } from "../within.ts";
import type { UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_PUBLISH_EVERY_MS, HUB_CONCURRENCY } from "../../feed/limits.ts";
import { headKey, olderKey } from "../../feed/delivery/author-feed-pages.ts";
import type { FeedState } from "./feed-state.ts";
import type { NewsLog } from "./news-log.ts";
import type { AuthorFeedStore, LastPublished } from "./store.ts";

/** Where an author feed publishes to. */
export interface Destinations {
  pages: Pick<KVNamespace, "put" | "delete">;
  news: NewsLog;
}

export class FeedPublisher {
  readonly #author: UserId;
  readonly #store: AuthorFeedStore;
  readonly #destinations: Destinations;
  #lastPublished: LastPublished;
  /** One write of the pages at a time, so that none overtakes a newer one. */
  #writing: Promise<void> | null = null;

  constructor(author: UserId, store: AuthorFeedStore, destinations: Destinations) {
    this.#author = author;
    this.#store = store;
    this.#destinations = destinations;
    this.#lastPublished = store.lastPublished();
  }

  /** When the last publish began. */
  get publishedAtMs(): number {
    return this.#lastPublished.atMs;
  }

  /**
   * Publishes what has not been published. It waits for slow pages and hubs no longer than
   * until the next changes may have to be published; their work continues, and the next publish
   * looks at it.
   * @returns whether all of it arrived, and whether any destination refused
   */
  async publish(feed: FeedState, nowMs: number): Promise<{ all: boolean; refused: boolean }> {
    this.#lastPublished = { ...this.#lastPublished, atMs: nowMs };
    this.#writing ??= this.#writePages(feed).finally(() => {
      this.#writing = null;
    });
    const results = await Promise.allSettled([
      withinPause(this.#destinations.news.forward()),
      withinPause(this.#writing),
    ]);
    this.#store.saveLastPublished(this.#lastPublished);
    const failed = results.filter((result) => result.status === "rejected");
    if (failed.length > 0) {
      const reasons = failed.map(({ reason }) => errorText(reason));
      console.warn("an author feed could not publish", this.#author, ...reasons);
    }
    const refused = failed.some(({ reason }) => !(reason instanceof TimeoutError));
    return { all: failed.length === 0 && this.#lastPublished.head >= feed.version, refused };
  }

  /** Deletes all pages from KV, once a write of them has ended. */
  async unpublish(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    const { pages } = this.#destinations;
    await pages.delete(headKey(this.#author));
    await pMap(
      Object.keys(this.#lastPublished.pages),
      (no) => pages.delete(olderKey(this.#author, Number(no))),
      { concurrency: HUB_CONCURRENCY },
    );
    this.#lastPublished = { ...this.#lastPublished, pages: {} };
  }

  /** Writes older pages before the head that names them, and deletes unnamed pages last. */
  async #writePages(feed: FeedState): Promise<void> {
    const head = feed.head();
    if (head.version <= this.#lastPublished.head) return;
    const { pages } = this.#destinations;
    const written = this.#lastPublished.pages;
    await pMap(
      head.older.filter(({ no, version }) => written[no] !== version),
      async ({ no }) => {
        const page = feed.page(no);
        if (page !== null) await pages.put(olderKey(this.#author, no), JSON.stringify(page));
      },
      { concurrency: HUB_CONCURRENCY },
    );
    await pages.put(headKey(this.#author), JSON.stringify(head));
    const named = Object.fromEntries(head.older.map(({ no, version }) => [String(no), version]));
    const unnamed = Object.keys(written).filter((no) => named[no] === undefined);
    this.#lastPublished = { ...this.#lastPublished, head: head.version, pages: named };
    await pMap(unnamed, (no) => pages.delete(olderKey(this.#author, Number(no))), {
      concurrency: HUB_CONCURRENCY,
    });
  }
}

/** Waits for work until the next publish may be due. @throws TimeoutError if it takes longer */
function withinPause(work: Promise<void>): Promise<void> {
  return within(work, { milliseconds: AUTHOR_FEED_PUBLISH_EVERY_MS });
}
