/**
 * A celebrity's author feed, as an object: recent posts that followers pull, the only writer of its
 * pages in KV, and the source of the news that hubs bring to followers who are online. feed-state.ts
 * decides what the feed holds. An alarm, at most once a second, publishes what has changed.
 */
import { DurableObject } from "cloudflare:workers";
import type { FeedHead } from "../../feed/delivery/delivery-mode.ts";
import type { EntryChange, Entry } from "../../feed/timeline/entry.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_PUBLISH_EVERY_MS, AUTHOR_FEED_RETRY_MAX_MS } from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { HeadPage, OlderPage } from "../../feed/delivery/author-feed-pages.ts";
import { COLD, type Cold } from "../cold.ts";
import { migrate } from "../storage/migrate.ts";
import { wakeBy } from "../storage/wake-by.ts";
import { StoredState } from "../storage/stored-state.ts";
import { firstHubs, type HubName, hubsPerRegion } from "../../feed/delivery/hub-ring.ts";
import type { AuthorSnapshot } from "../../feed/delivery/notices.ts";
import { FeedState } from "./feed-state.ts";
import { NewsLog } from "./news-log.ts";
import { FeedPublisher } from "./publisher.ts";
import { AUTHOR_FEED_MIGRATIONS, AuthorFeedStore } from "./store.ts";

/** A page of an author feed that is filled. */
export interface WarmPage<T> {
  status: "warm";
  page: T;
}

export class AuthorFeed extends DurableObject<Env> {
  readonly #author: UserId;
  readonly #news: NewsLog;
  readonly #publisher: FeedPublisher;
  readonly #state: StoredState<FeedState>;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, AUTHOR_FEED_MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("an author feed is addressed by its author's id");
    this.#author = name;
    const store = new AuthorFeedStore(ctx.storage.sql);
    this.#news = new NewsLog(name, ctx.storage.sql, env);
    this.#publisher = new FeedPublisher(name, store, {
      pages: env.AUTHOR_FEED_PAGES,
      news: this.#news,
    });
    this.#state = new StoredState(ctx.storage, () => new FeedState(store));
  }

  /** Applies changes, made in some epoch of the author; answers once they are written. */
  async append(changes: readonly EntryChange[], epoch: number): Promise<{ status: "kept" } | Cold> {
    const appended = this.#state.change((feed) => {
      const after = feed.version;
      const result = feed.append(changes, epoch, Date.now());
      if (result.status === "kept" && result.applied.length > 0) {
        this.#storeNews(result.applied, feed.version, after);
      }
      return result;
    });
    if (appended.status === "cold") return appended;
    await this.#publishWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return { status: "kept" };
  }

  /**
   * Appends what it lacks of the author's newest entries, which the caller has read from the store.
   * @returns its head then; cold if the feed is not filled for that epoch
   */
  async catchUp(entries: readonly Entry[], epoch: number): Promise<WarmPage<FeedHead> | Cold> {
    if (!this.#state.current.serves(epoch)) return COLD;
    await this.append(
      entries.map((entry) => ({ kind: "entry", entry })),
      epoch,
    );
    const { version, entries: newest } = this.#state.current.head();
    return { status: "warm", page: { version, entries: newest.map(({ id }) => id) } };
  }

  /** Starts to buffer changes for a fill. @returns its token; null if there is nothing to fill */
  beginFill(epoch: number): string | null {
    return this.#state.current.beginFill(epoch, crypto.randomUUID());
  }

  /**
   * Ends a fill. Hubs may have heard of changes that this object has lost, so one of each region hears
   * of the fill, whether it has attached itself or not.
   * @returns false if it has to begin again
   */
  async fill(token: string, slice: Slice): Promise<boolean> {
    const applied = this.#state.change((feed) => {
      const buffered = feed.fill(token, slice, Date.now());
      if (buffered === null) return null;
      this.#news.addHubs(firstHubs(hubsPerRegion(this.env.HUBS_PER_REGION), this.#author));
      this.#storeNews(buffered, feed.version, null);
      return buffered;
    });
    if (applied === null) return false;
    await this.#publishWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return true;
  }

  /**
   * Makes the feed cold, so that it is filled from the store.
   * @param newest the newest entry that the store has got meanwhile; a feed that ends above it stays
   */
  forget(newest: Id | null = null): void {
    this.#state.change((feed) => feed.forget(newest));
  }

  /** Deletes everything that is stored here, and the pages in KV. */
  async erase(): Promise<void> {
    await this.#publisher.unpublish();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    migrate(this.ctx.storage, AUTHOR_FEED_MIGRATIONS);
    this.#state.reload();
  }

  /** The newest page; cold if the feed is not filled for that epoch. */
  readHead(epoch: number): WarmPage<HeadPage> | Cold {
    const feed = this.#state.current;
    return feed.serves(epoch) ? { status: "warm", page: feed.head() } : COLD;
  }

  /** An older page, null if none has that number any more; cold like `readHead`. */
  readPage(epoch: number, no: number): WarmPage<OlderPage | null> | Cold {
    const feed = this.#state.current;
    return feed.serves(epoch) ? { status: "warm", page: feed.page(no) } : COLD;
  }

  /** Sends the author's news to a hub from now on. @returns the newest version, and the news of the last minutes */
  attachHub(hub: HubName): AuthorSnapshot {
    const feed = this.#state.current;
    return {
      version: feed.warm ? feed.version : null,
      fromMs: feed.filledMs(Date.now()),
      news: this.#news.attach(hub),
    };
  }

  override async alarm(): Promise<void> {
    const forgetAtMs = this.#news.forgetOld(Date.now());
    if (forgetAtMs !== null) await wakeBy(this.ctx.storage, forgetAtMs);
    const feed = this.#state.current;
    if (!feed.warm) return;
    const { all, refused } = await this.#publisher.publish(feed, Date.now());
    this.#failures = refused ? this.#failures + 1 : 0;
    if (all) return;
    await this.#publishWithin(
      Math.min(AUTHOR_FEED_RETRY_MAX_MS, AUTHOR_FEED_PUBLISH_EVERY_MS * 2 ** this.#failures),
    );
  }

  /** Stores news, in the transaction that made them. @param after the version before them */
  #storeNews(changes: readonly EntryChange[], version: number, after: number | null): void {
    this.#news.store({ author: this.#author, changes, version, after }, Date.now());
  }

  /** Schedules a publish `pauseMs` after the last one, unless an earlier alarm is set. */
  async #publishWithin(pauseMs: number): Promise<void> {
    await wakeBy(this.ctx.storage, Math.max(Date.now(), this.#publisher.publishedAtMs + pauseMs));
  }
}
