/**
 * Telling the world what an author feed holds: its pages in KV, the freshness log of each region, and the
 * followers who are online. What fails is tried again; nothing that succeeded is repeated, but that
 * the logs are told again while KV lags, for a log that has lost its memory would vouch for it.
 */
import pMap from "p-map";
import pTimeout, { TimeoutError } from "p-timeout";
import type { UserId } from "../../feed/ids.ts";
import { AUDIENCE_CONCURRENCY, AUTHOR_FEED_PUBLISH_EVERY_MS } from "../../feed/limits.ts";
import { headKey, olderKey } from "../../feed/delivery/author-feed-pages.ts";
import { REGIONS, type Region } from "../../feed/delivery/regions.ts";
import type { LiveNode } from "../live/live-node.ts";
import type { FeedState } from "./feed-state.ts";
import type { AuthorFeedStore, LastPublished } from "./store.ts";

/** Whom an author feed tells. */
export interface Listeners {
  pages: Pick<KVNamespace, "put" | "delete">;
  note(region: Region, author: UserId, version: number): Promise<void>;
  live: LiveNode;
}

export class Announcements {
  readonly #author: UserId;
  readonly #store: AuthorFeedStore;
  readonly #listeners: Listeners;
  #lastPublished: LastPublished;
  /** Pages are written by one at a time, so that none overtakes a newer one. */
  #writing: Promise<void> | null = null;

  constructor(author: UserId, store: AuthorFeedStore, listeners: Listeners) {
    this.#author = author;
    this.#store = store;
    this.#listeners = listeners;
    this.#lastPublished = store.lastPublished();
  }

  /** When something was last told. */
  get publishedAtMs(): number {
    return this.#lastPublished.atMs;
  }

  /**
   * Tells whatever has not been told. Pages and followers that take long are waited for no longer
   * than until the next changes may have to be told: they are gone on with, and asked about again.
   * @returns whether all of it arrived, and whether anything was refused
   */
  async tell(feed: FeedState, nowMs: number): Promise<{ all: boolean; refused: boolean }> {
    this.#lastPublished = { ...this.#lastPublished, atMs: nowMs };
    this.#writing ??= this.#writePages(feed).finally(() => {
      this.#writing = null;
    });
    const results = await Promise.allSettled([
      soon(this.#listeners.live.forward()),
      this.#tellLogs(feed.version),
      soon(this.#writing),
    ]);
    this.#store.saveLastPublished(this.#lastPublished);
    const reasons = results.flatMap((one) =>
      one.status === "rejected" ? [String(one.reason)] : [],
    );
    if (reasons.length > 0) console.warn("an author feed could not tell", this.#author, ...reasons);
    const refused = results.some(
      (one) => one.status === "rejected" && !(one.reason instanceof TimeoutError),
    );
    return { all: reasons.length === 0 && this.#lastPublished.head >= feed.version, refused };
  }

  async #tellLogs(version: number): Promise<void> {
    const lags = this.#lastPublished.head < version;
    const regions = REGIONS.filter(
      (region) => lags || (this.#lastPublished.logs[region] ?? 0) < version,
    );
    const results = await Promise.allSettled(
      regions.map(async (region) => {
        await soon(this.#listeners.note(region, this.#author, version));
        this.#lastPublished = {
          ...this.#lastPublished,
          logs: { ...this.#lastPublished.logs, [region]: version },
        };
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Older pages before the head that names them; what no head names goes last. */
  async #writePages(feed: FeedState): Promise<void> {
    const head = feed.head();
    if (head.version <= this.#lastPublished.head) return;
    const { pages } = this.#listeners;
    const written = this.#lastPublished.pages;
    await pMap(
      head.older.filter(({ no, version }) => written[no] !== version),
      async ({ no }) => {
        const page = feed.page(no);
        if (page !== null) await pages.put(olderKey(this.#author, no), JSON.stringify(page));
      },
      { concurrency: AUDIENCE_CONCURRENCY },
    );
    await pages.put(headKey(this.#author), JSON.stringify(head));
    const named = Object.fromEntries(head.older.map(({ no, version }) => [String(no), version]));
    const gone = Object.keys(written).filter((no) => named[no] === undefined);
    this.#lastPublished = { ...this.#lastPublished, head: head.version, pages: named };
    await pMap(gone, (no) => pages.delete(olderKey(this.#author, Number(no))), {
      concurrency: AUDIENCE_CONCURRENCY,
    });
  }
}

/** What comes before the next changes may be told. @throws TimeoutError if it does not */
function soon(work: Promise<void>): Promise<void> {
  return pTimeout(work, { milliseconds: AUTHOR_FEED_PUBLISH_EVERY_MS });
}
