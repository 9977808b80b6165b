/**
 * How a home timeline changes, without its sockets: every change returns the frames that show it to
 * open pages. A cold timeline accepts no deliveries, because a cache that missed something can't
 * tell what it missed. Three steps fill it: `beginRebuild`, reading the store, `seed`.
 */
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import type { Delivery, Entry } from "../../feed/timeline/entry.ts";
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
import type { AuthorRefill, Backfill, FollowChange, Seed } from "./store-reads.ts";
import type { Stores, TimelineStatus } from "./store.ts";
import type { TimelineView } from "./timeline-view.ts";
import type { OwnReaction, OwnRelation } from "./viewer-state.ts";
import { TimelineWindow } from "./window.ts";

/** Done; `horizon` is down to where the caller has to read the store, null if it need not. */
export interface Applied {
  status: "applied";
  horizon: Id | null;
}

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

  constructor(stores: Stores, owner: UserId, maxEntries: number) {
    this.stores = stores;
    this.#owner = owner;
    this.#window = new TimelineWindow(stores, owner, maxEntries);
    this.#status = stores.timeline.status();
  }

  get warm(): boolean {
    return this.#status.warm;
  }

  get view(): TimelineView {
    return this.#window.view;
  }

  /** Number of the newest change. */
  get seq(): number {
    return this.#window.state.seq;
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
      return this.#addEntry(change.entry, change.epoch ?? 0, nowMs);
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
    const { author, version, following, mode } = change;
    const { follows, modes } = this.stores;
    const stored = follows.edge(author);
    if (stored !== null && stored.version > version) return { status: "moot" };
    if (!this.warm) {
      this.#abandonRebuild();
      // A seed names only followees, so the version of an edge that ended is stored here.
      if (!following) follows.save({ author, version, active: false });
      return { status: "moot" };
    }
    const frames: Frame[] = [];
    this.#beginEpoch(author, mode ?? NEVER_PULLED);
    if (stored?.version !== version) {
      follows.save({ author, version, active: following });
      // An edge that was active and is active again was off in between, and this timeline missed
      // that. So it also missed the author's deletes meanwhile: the backfill brings what is left.
      if (stored?.active === true) frames.push(...this.#window.dropAuthor(author));
      this.#flush();
    }
    const pulled = deliveryMode(modes.epochOf(author)) === "pull";
    return { status: "applied", horizon: pulled ? null : this.#window.state.horizon, frames };
  }

  /**
   * Begins an author's epoch. From an odd epoch on the author is pulled, and the window drops what
   * was pushed. For an even one the window accepts deliveries from now on, and the caller reads
   * what the author wrote above `horizon` and hands it to `refillAuthor`; until then the author is
   * pulled.
   */
  setEpoch(author: UserId, mode: PullMode, nowMs: number, watched: boolean): Applied | Cold {
    this.#forgetIfDormant(nowMs, watched);
    if (!this.warm) {
      this.#abandonRebuild();
      return COLD;
    }
    this.#beginEpoch(author, mode);
    const awaitsFill = this.stores.modes.awaitsFill(author, mode.epoch);
    return { status: "applied", horizon: awaitsFill ? this.#window.state.horizon : null };
  }

  /**
   * Merges an author's posts from the store and stops pulling them. News of the author that are
   * still on their way through the live tree are ignored from now on, so open pages are asked to
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
    const before = this.seq;
    this.#window.merge(slice, Infinity);
    this.stores.modes.markFilled(author);
    return this.seq === before ? [] : this.#resync();
  }

  /**
   * Starts to buffer deliveries for a seed that is about to be read from the store.
   * @returns the token that the seed must carry, or null if the timeline is warm
   */
  beginRebuild(newToken: string): string | null {
    if (this.warm) return null;
    this.#rebuild ??= { token: newToken, deliveries: [] };
    return this.#rebuild.token;
  }

  /** Fills a cold timeline. @returns null if the rebuild it belongs to is over: begin again */
  seed(seed: Seed, nowMs: number): Frame[] | null {
    const rebuild = this.#rebuild;
    if (rebuild === null || rebuild.token !== seed.token) return null;
    const { follows, modes, viewer } = this.stores;
    const { entries, horizon } = seed.slice;
    follows.replaceActive(seed.followees);
    modes.replaceAll(seed.modes);
    viewer.seed({ ...seed, posts: entries.map((entry) => entry.post.id) });
    // Numbers continue above all earlier ones even if storage was lost, because they follow the
    // clock.
    this.#window.restart({ ...emptyState(Math.max(this.seq + 1, nowMs)), horizon });
    this.#window.merge(seed.slice, Infinity);
    for (const { entry, epoch } of rebuild.deliveries) this.#window.insert(entry, epoch);
    const frames = this.#window.forgetHistory();
    this.#rebuild = null;
    this.#status = { warm: true, readAtMs: nowMs };
    this.#window.flush();
    this.#saveState();
    return frames;
  }

  /** Makes the timeline cold. It loses nothing: the store has all of it. */
  forget(): Frame[] {
    this.#abandonRebuild();
    if (!this.warm) return [];
    this.#window.restart(emptyState(this.seq + 1));
    this.#status = { ...this.#status, warm: false };
    this.#saveState();
    return [{ type: "resync" }];
  }

  /**
   * Applies a reaction of the owner, and records it as engagement if it is news. A cold timeline
   * stores no reactions.
   * @param traits of the post from the store; null if the caller has not read them
   */
  setReaction(reaction: OwnReaction, traits: PostTraits | null, nowMs: number): void {
    if (!this.warm) {
      this.#abandonRebuild();
      return;
    }
    const { viewer, engagement } = this.stores;
    if (!viewer.setReaction(reaction)) return;
    const found = this.view.traitsOf([reaction.post]).get(reaction.post) ?? traits;
    if (found !== null) engagement.recordReaction(reaction, found, nowMs);
  }

  /** Applies a mute or block; pages filter by it when they are read. */
  setRelation(relation: OwnRelation): Frame[] {
    if (!this.warm) {
      this.#abandonRebuild();
      return [];
    }
    return this.stores.viewer.setRelation(relation) ? this.#resync() : [];
  }

  /** Notes that the owner reads the timeline, at most once in `READ_NOTED_EVERY_MS`. */
  noteRead(nowMs: number): void {
    if (nowMs - this.#status.readAtMs <= READ_NOTED_EVERY_MS) return;
    this.#status.readAtMs = nowMs;
    this.#saveState();
  }

  #addEntry(entry: Entry, epoch: number, nowMs: number): Frame[] {
    if (!this.warm) {
      this.#buffer(entry, epoch);
      return [];
    }
    const before = this.seq;
    const frames = this.#window.insert(entry, epoch);
    if (this.seq > before) this.#recordOwnReply(entry, nowMs);
    return frames;
  }

  /** A reply by the owner to somebody else is engagement with the post that it answers. */
  #recordOwnReply({ by, post }: Entry, nowMs: number): void {
    const { author, replyTo } = post;
    if (by !== null || author.id !== this.#owner) return;
    if (replyTo === null || replyTo.author === this.#owner) return;
    const inWindow = this.view.traitsOf([replyTo.id]).get(replyTo.id);
    const traits = inWindow ?? { people: [replyTo.author], contents: [] };
    this.stores.engagement.record(traits, { replies: 1 }, nowMs);
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
  #beginEpoch(author: UserId, mode: PullMode): void {
    const isNewer = this.stores.modes.begin(author, mode);
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
