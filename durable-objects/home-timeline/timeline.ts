/**
 * How a home timeline changes, without its sockets: every change returns the frames that show it to
 * open pages. A cold timeline accepts no deliveries, because a cache that missed something can't
 * tell what it missed. Three steps fill it: `beginRebuild`, reading the store, `seed`.
 */
import type { Counts, Delivery, Entry } from "../../feed/timeline/entry.ts";
import { deliveryMode, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import { emptyState } from "../../feed/timeline/hot-window.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import {
  DORMANT_AFTER_MS,
  READ_NOTED_EVERY_MS,
  REBUILD_BUFFER_MAX_CHANGES,
} from "../../feed/limits.ts";
import type { Frame } from "../../feed/wire.ts";
import { COLD, type Cold } from "../cold.ts";
import { NEVER_PULLED } from "./author-modes.ts";
import {
  applyReaction,
  type ReactionContext,
  recordOwnReply,
  recordReaction,
} from "./own-reactions.ts";
import type {
  Applied,
  AuthorRefill,
  Backfill,
  EpochChange,
  FeedBehind,
  FollowChange,
  Seed,
} from "./store-reads.ts";
import type { Stores, TimelineStatus } from "./store.ts";
import type { TimelineView } from "./timeline-view.ts";
import type { OwnReaction, OwnRelation } from "./viewer-state.ts";
import { TimelineWindow } from "./window.ts";

type StateChange = Extract<Delivery, { kind: "hide" | "unhide" }>;

/** A rebuild under way; in memory, so that it ends with the object. */
interface Rebuild {
  token: string;
  /** What was delivered while the edge reads the store. */
  deliveries: { entry: Entry; epoch: number }[];
}

export class Timeline {
  readonly stores: Stores;
  readonly #owner: UserId;
  readonly #window: TimelineWindow;
  #status: TimelineStatus;
  #rebuild: Rebuild | null = null;

  /** @param nowMs the clock, in milliseconds since 1970; changes are numbered by it */
  constructor(stores: Stores, owner: UserId, maxEntries: number, nowMs: () => number) {
    this.stores = stores;
    this.#owner = owner;
    this.#window = new TimelineWindow(stores, owner, maxEntries, nowMs);
    this.#status = stores.timeline.status();
  }

  get warm(): boolean {
    return this.#status.warm;
  }

  get view(): TimelineView {
    return this.#window.view;
  }

  get seq(): number {
    return this.view.seq;
  }

  /**
   * Applies changes. It refuses entries of authors who are not followed, which settles every race
   * of an unfollow with fan-out. A tombstone beats a create that comes later.
   * @param watched whether a page has the timeline open
   */
  deliver(
    changes: readonly Delivery[],
    nowMs: number,
    watched: boolean,
  ): { status: "kept"; frames: Frame[] } | Cold {
    this.#forgetIfDormant(nowMs, watched);
    const frames = changes.flatMap((change) => {
      if (change.kind === "remove") return this.#window.removePost(change.id, nowMs);
      if (change.kind === "unrepost") return this.#window.removeRepost(change, nowMs);
      if (change.kind !== "entry") return this.#setHidden(change, nowMs);
      return this.#addEntry(change.entry, change.epoch ?? 0, { nowMs, watched });
    });
    if (this.warm) this.#flush();
    return this.warm || this.#rebuild !== null ? { status: "kept", frames } : COLD;
  }

  /**
   * Applies a follow edge. After an unfollow the window holds nothing of the author. After a follow
   * the caller reads what the author wrote above `horizon` and hands it to `backfill`; `horizon` is
   * null for an author who is pulled. A change is moot if a newer one is stored, or the timeline
   * cold.
   */
  setFollow(change: FollowChange): (Applied & { frames: Frame[] }) | { status: "moot" } {
    const { author, version, following, mode = NEVER_PULLED, feedVersion } = change;
    const { follows, modes } = this.stores;
    const stored = follows.edge(author);
    if (stored !== null && stored.version > version) return { status: "moot" };
    if (!this.warm) {
      this.#abandonRebuild();
      // A seed names only followees, so the version of an edge that ended is stored here; and it
      // names modes, but not how new a page of the author feed must be.
      if (following) modes.begin(author, mode, feedVersion ?? 0);
      else follows.save({ author, version, active: false });
      return { status: "moot" };
    }
    const frames: Frame[] = [];
    this.#beginEpoch(author, mode, feedVersion ?? 0);
    const pulled = deliveryMode(modes.epochOf(author)) === "pull";
    if (stored?.version !== version) {
      follows.save({ author, version, active: following });
      // An edge that was active and is active again was off in between, and this timeline missed
      // that. So it also missed the author's deletes meanwhile: the backfill brings what is left.
      if (stored?.active === true) frames.push(...this.#window.dropAuthor(author));
      else if (following && pulled) frames.push(...this.#window.forgetHistory());
      this.#flush();
    }
    return { status: "applied", horizon: pulled ? null : this.#window.state.horizon, frames };
  }

  /**
   * Begins an author's epoch. From an odd epoch on the author is pulled, and the window drops what
   * was pushed. For an even one the window accepts deliveries from now on, and the caller reads
   * what the author wrote above `horizon` and hands it to `refillAuthor`; until then the author is
   * pulled.
   * @param head of the author's feed, for an odd epoch; the feed is behind if it lacks a post that
   * the window shows, which would vanish for a moment
   */
  setEpoch(
    { author, mode, head }: EpochChange,
    nowMs: number,
    watched: boolean,
  ): Applied | Cold | FeedBehind {
    this.#forgetIfDormant(nowMs, watched);
    if (!this.warm) {
      this.#abandonRebuild();
      return COLD;
    }
    const isNewer = mode.epoch > this.stores.modes.epochOf(author);
    if (isNewer && head !== null && this.#window.hasMoreThan(author, head.entries)) {
      return { status: "behind" };
    }
    this.#beginEpoch(author, mode, head?.version ?? 0);
    const awaitsFill = this.stores.modes.awaitsFill(author, mode.epoch);
    return { status: "applied", horizon: awaitsFill ? this.#window.state.horizon : null };
  }

  /**
   * Merges an author's posts from the store and stops pulling them. News of the author that are
   * still on their way through the hub are ignored from now on, so open pages are asked to
   * read again.
   */
  refillAuthor({ author, epoch, slice }: AuthorRefill): Frame[] {
    const { modes } = this.stores;
    if (!this.warm || !modes.awaitsFill(author, epoch)) return [];
    this.#window.merge(slice, epoch);
    modes.markFilled(author);
    return this.#resync();
  }

  /** Merges what a followee wrote before the follow, unless the edge has changed since. */
  backfill({ author, version, slice }: Backfill): Frame[] {
    const edge = this.stores.follows.edge(author);
    if (!this.warm || edge?.active !== true || edge.version !== version) return [];
    this.#window.merge(slice, Infinity);
    this.stores.modes.markFilled(author);
    // Replies to a new followee may belong now, whether they have posted anything or not.
    return this.#resync();
  }

  /**
   * Starts to buffer deliveries for a seed that is about to be read from the store.
   * @returns the token that the seed must carry, or null if the timeline is warm
   */
  beginRebuild(newToken: string): string | null {
    if (this.warm) return null;
    if (this.#rebuild === null) {
      // The store has no hidden posts; what is hidden from now on is noted anew.
      this.stores.hidden.clear();
      this.#rebuild = { token: newToken, deliveries: [] };
    }
    return this.#rebuild.token;
  }

  /** Stores mutes and blocks that the rebuild with a token has read, unless it is over. */
  addRelations(token: string, relations: readonly OwnRelation[]): void {
    if (this.#rebuild?.token === token) this.stores.viewer.addRelations(relations);
  }

  /** Fills a cold timeline. @returns null if the rebuild it belongs to is over: begin again */
  seed(seed: Seed, nowMs: number): Frame[] | null {
    const rebuild = this.#rebuild;
    if (rebuild === null || rebuild.token !== seed.token) return null;
    const { follows, modes, viewer } = this.stores;
    const { entries, horizon } = seed.slice;
    follows.replaceActive(seed.followees);
    modes.replaceAll(seed.modes);
    viewer.seed({ ...seed, posts: entries.map((entry) => entry.post.id), nowMs });
    // Numbers follow the clock, so they continue above all earlier ones even if storage was lost.
    this.#window.restart({ ...emptyState(this.seq + 1), horizon });
    this.#window.merge(seed.slice, Infinity);
    for (const { entry, epoch } of rebuild.deliveries) this.#window.insert(entry, epoch);
    const frames = this.#window.forgetHistory();
    this.#rebuild = null;
    this.#status = { warm: true, readAtMs: nowMs };
    this.#window.flush();
    this.#saveState();
    return frames;
  }

  /**
   * Makes the timeline cold. It loses nothing: the store has all of it.
   * @param newest the newest entry that the store has got meanwhile; a window that ends above it stays
   */
  forget(newest: Id | null = null): Frame[] {
    this.#abandonRebuild();
    if (!this.warm) return [];
    if (newest !== null && newest < this.#window.state.horizon) return [];
    this.#window.restart(emptyState(this.seq + 1));
    this.#status = { ...this.#status, warm: false };
    this.#saveState();
    return [{ type: "resync" }];
  }

  /**
   * Applies a reaction of the owner; `context` is null if a call is repeated that may have failed.
   * @returns the post's counts with the reaction; null if only the post's counter knows them
   */
  setReaction(
    reaction: OwnReaction,
    context: ReactionContext | null,
    nowMs: number,
  ): Counts | null {
    const { counts, isNews } = applyReaction(this.stores.viewer, reaction, context, nowMs);
    if (!this.warm) this.#abandonRebuild();
    else if (isNews) {
      recordReaction(this.stores, this.view, { reaction, traits: context?.traits }, nowMs);
    }
    return counts;
  }

  /** Applies a mute or block; pages filter by it when they are read. */
  setRelation(relation: OwnRelation): Frame[] {
    // A rebuild may have read it before it changed. Without one, the next rebuild reads it.
    if (!this.warm && this.#rebuild === null) return [];
    const changed = this.stores.viewer.setRelation(relation);
    return changed && this.warm ? this.#resync() : [];
  }

  /** Whether a read of the owner is to be noted: at most once in `READ_NOTED_EVERY_MS`. */
  isReadNews(nowMs: number): boolean {
    return nowMs - this.#status.readAtMs > READ_NOTED_EVERY_MS;
  }

  /** Notes that the owner reads the timeline. */
  noteRead(nowMs: number): void {
    this.#status.readAtMs = nowMs;
    this.#saveState();
  }

  /** Drops what shows a hidden account. The posts of one that is active again come with the next rebuild. */
  #setHidden(change: StateChange, nowMs: number): Frame[] {
    const { account, version } = change;
    const hidden = change.kind === "hide";
    if (!this.stores.hidden.set(account, { version, hidden }, nowMs)) return [];
    if (hidden) return this.#window.dropAccount(account);
    return this.forget();
  }

  #addEntry(
    entry: Entry,
    epoch: number,
    { nowMs, watched }: { nowMs: number; watched: boolean },
  ): Frame[] {
    if (!this.warm) {
      this.#buffer(entry, epoch);
      return [];
    }
    const before = this.seq;
    const frames = this.#window.insert(entry, epoch, watched);
    if (this.seq > before)
      recordOwnReply(this.stores, this.view, { entry, owner: this.#owner }, nowMs);
    return frames;
  }

  #buffer(entry: Entry, epoch: number): void {
    if (this.#rebuild === null) return;
    this.#rebuild.deliveries.push({ entry, epoch });
    if (this.#rebuild.deliveries.length > REBUILD_BUFFER_MAX_CHANGES) this.#abandonRebuild();
  }

  /** Makes a rebuild under way start over: it may have read the store before what changed now. */
  #abandonRebuild(): void {
    this.#rebuild = null;
  }

  /** Stores a newer epoch. If the author is pulled in it, the window drops what was pushed. */
  #beginEpoch(author: UserId, mode: PullMode, feedVersion: number): void {
    const isNewer = this.stores.modes.begin(author, mode, feedVersion);
    if (!isNewer || deliveryMode(mode.epoch) === "push") return;
    this.#window.dropAuthor(author);
    this.#flush();
  }

  /** A timeline that nobody has read for long goes cold, and costs nothing until its next read. */
  #forgetIfDormant(nowMs: number, watched: boolean): void {
    if (!this.warm || watched || nowMs - this.#status.readAtMs <= DORMANT_AFTER_MS) return;
    this.forget();
  }

  #resync(): Frame[] {
    const frames = this.#window.forgetHistory();
    this.#flush();
    return frames;
  }

  #flush(): void {
    if (!this.#window.flush()) this.#saveState();
  }

  #saveState(): void {
    this.stores.timeline.saveState(this.#status, this.#window.state);
  }
}
