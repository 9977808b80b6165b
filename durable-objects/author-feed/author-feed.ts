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
import { liveCalls } from "../live/live-calls.ts";
import { LiveNode } from "../live/live-node.ts";
import { migrate } from "../storage/migrate.ts";
import { Announcements } from "./announcements.ts";
import { FeedState } from "./feed-state.ts";
import { AUTHOR_FEED_MIGRATIONS, AuthorFeedStore } from "./store.ts";

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
        env.FRESHNESS_LOG.getByName(region, { locationHint: region }).note(name, version),
      live: this.#live,
    });
    this.#feed = new FeedState(this.#store);
  }

  /** Takes in changes, made in some epoch of the author; answers once they are written. */
  async append(changes: readonly Change[], epoch: number): Promise<"kept" | "cold"> {
    const news = this.#change((feed) => {
      const fresh = feed.append(changes, epoch, Date.now());
      if (fresh !== "cold") this.#keepNews(fresh);
      return fresh;
    });
    if (news === "cold") return "cold";
    await this.#tellWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return "kept";
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

  /** The newest page; null if the outbox is not filled for that epoch. */
  readHead(epoch: number): HeadPage | null {
    return this.#feed.serves(epoch) ? this.#feed.head() : null;
  }

  /** An older page; null if there is none of that number any more. */
  readPage(epoch: number, no: number): OlderPage | null {
    return this.#feed.serves(epoch) ? this.#feed.page(no) : null;
  }

  /** Adds a node of the live tree below this root. @returns what changed lately */
  adopt(branch: string): Promise<Change[]> {
    return this.#live.adopt(null, branch, Date.now());
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
    if (changes.length > 0) this.#live.keep({ author: this.#author(), changes }, Date.now());
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
