/**
 * A celebrity's feed, as an object: recent posts that followers pull, the only writer of their
 * pages in KV, and the root of the tree that tells followers who are online. What the outbox holds
 * is decided in feed.ts; an alarm, at most once a second, tells the others what has changed.
 */
import { DurableObject } from "cloudflare:workers";
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_PUBLISH_EVERY_MS, AUTHOR_FEED_RETRY_MAX_MS } from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { HeadPage, OlderPage } from "../../feed/delivery/author-feed-pages.ts";
import { COLD, type Cold } from "../cold.ts";
import { liveCalls } from "../live/live-calls.ts";
import { LiveNode } from "../live/live-node.ts";
import { migrate } from "../storage/migrate.ts";
import { Announcements } from "./announcements.ts";
import { FeedState } from "./feed-state.ts";
import { AUTHOR_FEED_MIGRATIONS, AuthorFeedStore } from "./store.ts";

/** A page of an author feed that is filled. */
export interface WarmPage<T> {
  status: "warm";
  page: T;
}

export class AuthorFeed extends DurableObject<Env> {
  readonly #store: AuthorFeedStore;
  readonly #live: LiveNode;
  readonly #announcements: Announcements;
  #feed: FeedState;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, AUTHOR_FEED_MIGRATIONS);
    const author = this.#author();
    this.#store = new AuthorFeedStore(ctx.storage.sql);
    this.#live = new LiveNode(ctx.storage.sql, liveCalls(env));
    this.#announcements = new Announcements(author, this.#store, {
      pages: env.AUTHOR_FEED_PAGES,
      note: (region, name, version) =>
        env.FRESHNESS_LOG.getByName(region, { locationHint: region }).recordVersion(name, version),
      live: this.#live,
    });
    this.#feed = new FeedState(this.#store);
  }

  /** Takes in changes, made in some epoch of the author; answers once they are written. */
  async append(changes: readonly Change[], epoch: number): Promise<{ status: "kept" } | Cold> {
    const news = this.#change((feed) => {
      const fresh = feed.append(changes, epoch, Date.now());
      if (!("status" in fresh)) this.#keepNews(fresh);
      return fresh;
    });
    if ("status" in news) return news;
    await this.#tellWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return { status: "kept" };
  }

  /** Starts keeping what is appended for a filling; null if there is nothing to fill. */
  beginFill(epoch: number): string | null {
    return this.#feed.beginFill(epoch, crypto.randomUUID());
  }

  /** Ends a filling; false if it has to begin again. */
  async fill(token: string, slice: Slice): Promise<boolean> {
    const news = this.#change((feed) => {
      const fresh = feed.fill(token, slice, Date.now());
      this.#keepNews(fresh ?? []);
      return fresh;
    });
    if (news === null) return false;
    await this.#tellWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return true;
  }

  /** The newest page; cold if the author feed is not filled for that epoch. */
  readHead(epoch: number): WarmPage<HeadPage> | Cold {
    return this.#feed.serves(epoch) ? { status: "warm", page: this.#feed.head() } : COLD;
  }

  /** An older page, null if none has that number any more; cold like `readHead`. */
  readPage(epoch: number, no: number): WarmPage<OlderPage | null> | Cold {
    return this.#feed.serves(epoch) ? { status: "warm", page: this.#feed.page(no) } : COLD;
  }

  /** Adds a node of the live tree below this root. @returns the recent changes */
  attachBranch(branch: string): Promise<Change[]> {
    return this.#live.attachBranch(null, branch, Date.now());
  }

  override async alarm(): Promise<void> {
    if (!this.#feed.warm) return;
    const { all, refused } = await this.#announcements.tell(this.#feed, Date.now());
    this.#failures = refused ? this.#failures + 1 : 0;
    if (all) return;
    await this.#tellWithin(
      Math.min(AUTHOR_FEED_RETRY_MAX_MS, AUTHOR_FEED_PUBLISH_EVERY_MS * 2 ** this.#failures),
    );
  }

  #author(): UserId {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an outbox is addressed by its author's id");
    return name;
  }

  /** Keeps news for followers who are online, in the transaction that made them. */
  #keepNews(changes: readonly Change[]): void {
    if (changes.length > 0) this.#live.store({ author: this.#author(), changes }, Date.now());
  }

  /** All of a change is written or none; if it fails, memory is what storage says. */
  #change<T>(work: (feed: FeedState) => T): T {
    try {
      return this.ctx.storage.transactionSync(() => work(this.#feed));
    } catch (error) {
      this.#feed = new FeedState(this.#store);
      throw error;
    }
  }

  /** Has the alarm tell what has not been told, so long after it last did; sooner if it is to anyway. */
  async #tellWithin(pauseMs: number): Promise<void> {
    const dueMs = Math.max(Date.now(), this.#announcements.publishedAtMs + pauseMs);
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > dueMs) await this.ctx.storage.setAlarm(dueMs);
  }
}
