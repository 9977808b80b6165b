/**
 * A celebrity's author feed, as an object: recent posts that followers pull, the only writer of its
 * pages in KV, and the root of the live tree that reaches followers who are online. feed-state.ts
 * decides what the feed holds. An alarm, at most once a second, publishes what has changed.
 */
import { DurableObject } from "cloudflare:workers";
import type { FeedHead } from "../../feed/delivery/delivery-mode.ts";
import type { Change, Entry } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import { AUTHOR_FEED_PUBLISH_EVERY_MS, AUTHOR_FEED_RETRY_MAX_MS } from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { HeadPage, OlderPage } from "../../feed/delivery/author-feed-pages.ts";
import { COLD, type Cold } from "../cold.ts";
import { liveCalls } from "../live/live-calls.ts";
import { LiveNode, type Remembered } from "../live/live-node.ts";
import { migrate } from "../storage/migrate.ts";
import { StoredState } from "../storage/stored-state.ts";
import { FeedState } from "./feed-state.ts";
import { FeedPublisher } from "./publisher.ts";
import { AUTHOR_FEED_MIGRATIONS, AuthorFeedStore } from "./store.ts";

/** A page of an author feed that is filled. */
export interface WarmPage<T> {
  status: "warm";
  page: T;
}

export class AuthorFeed extends DurableObject<Env> {
  readonly #author: UserId;
  readonly #live: LiveNode;
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
    this.#live = new LiveNode(ctx.storage.sql, liveCalls(env));
    this.#publisher = new FeedPublisher(name, store, {
      pages: env.AUTHOR_FEED_PAGES,
      recordVersion: (region, author, version) =>
        env.FRESHNESS_LOG.getByName(region, { locationHint: region }).recordVersion(
          author,
          version,
        ),
      live: this.#live,
    });
    this.#state = new StoredState(ctx.storage, () => new FeedState(store));
  }

  /** Applies changes, made in some epoch of the author; answers once they are written. */
  async append(changes: readonly Change[], epoch: number): Promise<{ status: "kept" } | Cold> {
    const appended = this.#state.change((feed) => {
      const result = feed.append(changes, epoch, Date.now());
      if (result.status === "kept") this.#storeNews(result.applied, feed.version);
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

  /** Ends a fill. @returns false if it has to begin again */
  async fill(token: string, slice: Slice): Promise<boolean> {
    const applied = this.#state.change((feed) => {
      const buffered = feed.fill(token, slice, Date.now());
      this.#storeNews(buffered ?? [], feed.version);
      return buffered;
    });
    if (applied === null) return false;
    await this.#publishWithin(AUTHOR_FEED_PUBLISH_EVERY_MS);
    return true;
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

  /** Adds a node of the live tree below this root. @returns what this root remembers */
  attachNode(node: string): Remembered {
    return this.#live.attachBranchToRoot(node, this.#state.current.filledMs(Date.now()));
  }

  override async alarm(): Promise<void> {
    const forgetAtMs = this.#live.forgetOld(Date.now());
    if (forgetAtMs !== null) await this.#wakeBy(forgetAtMs);
    const feed = this.#state.current;
    if (!feed.warm) return;
    const { all, refused } = await this.#publisher.publish(feed, Date.now());
    this.#failures = refused ? this.#failures + 1 : 0;
    if (all) return;
    await this.#publishWithin(
      Math.min(AUTHOR_FEED_RETRY_MAX_MS, AUTHOR_FEED_PUBLISH_EVERY_MS * 2 ** this.#failures),
    );
  }

  /** Stores news for followers who are online, in the transaction that made them. */
  #storeNews(changes: readonly Change[], version: number): void {
    if (changes.length === 0) return;
    this.#live.store({ author: this.#author, changes, version }, Date.now());
  }

  /** Schedules a publish `pauseMs` after the last one, unless an earlier alarm is set. */
  async #publishWithin(pauseMs: number): Promise<void> {
    await this.#wakeBy(Math.max(Date.now(), this.#publisher.publishedAtMs + pauseMs));
  }

  async #wakeBy(atMs: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}
