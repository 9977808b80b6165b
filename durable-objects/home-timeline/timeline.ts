/**
 * What a home timeline knows and how it changes, without its sockets: every change returns the
 * frames that tell open pages about it. A cold timeline accepts nothing, because a cache that
 * missed something can't know what; it is filled by `beginRebuild`, reading the store, `seed`.
 */
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import { type Delivery, type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import { isPulled, type PullMode } from "../../feed/delivery/delivery-mode.ts";
import {
  emptyState,
  HotWindow,
  oldestFirst,
  type WindowState,
} from "../../feed/timeline/hot-window.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import {
  DORMANT_AFTER_MS,
  READ_NOTED_EVERY_MS,
  REBUILD_BUFFER_MAX_CHANGES,
  TOMBSTONE_TTL_MS,
} from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { Frame } from "../../feed/wire.ts";
import { COLD, type Cold } from "../cold.ts";
import { EngagementRecorder, type Report } from "./engagement-recorder.ts";
import { type Modes, NEVER_PULLED } from "./modes.ts";
import { type Shortlist, TimelineView, type WindowPage } from "./timeline-view.ts";
import type { Condition, TimelineStore, Tombstone } from "./store.ts";
import type { WindowQuery } from "./window-read.ts";
import type { OwnReaction, OwnRelation, ViewerState } from "./viewer-state.ts";

/** What a rebuild hands over: everything the store knows, read after `beginRebuild`. */
export interface Seed {
  token: string;
  followees: readonly { user: UserId; version: number }[];
  /** The epochs of those who have ever been pulled, read after the follower rows were woken. */
  modes: ReadonlyMap<UserId, PullMode>;
  /** Of the owner and of everyone followed whose posts are pushed. */
  slice: Slice;
  /** The owner's reactions to the posts of the slice and to any from `knownFrom` on. */
  reactions: readonly OwnReaction[];
  knownFrom: Id;
  /** Mutes and blocks that concern the owner. */
  relations: readonly OwnRelation[];
}

/** An edge as the store has it now. */
export interface FollowChange {
  author: UserId;
  version: number;
  following: boolean;
  /** The author's, read after the follower row was written; left out if they were never pulled. */
  mode?: PullMode;
}

/** What the store knew of a newly followed author, read after the timeline accepted them. */
export interface Backfill {
  author: UserId;
  version: number;
  slice: Slice;
}

/** What the store has of an author whose posts are pushed again from this epoch on. */
export interface Fill {
  author: UserId;
  epoch: number;
  slice: Slice;
}

/** An epoch has begun; `horizon` is null if the store need not be read. */
export interface EpochBegun {
  status: "applied";
  horizon: Id | null;
}

interface Rebuild {
  token: string;
  /** What was delivered while the store was being read; in memory, like the rebuild itself. */
  deliveries: { entry: Entry; epoch: number }[];
}

export class Timeline {
  /** What it shows. */
  readonly view: TimelineView;
  readonly #store: TimelineStore;
  readonly #own: ViewerState;
  readonly #deeds: EngagementRecorder;
  readonly #modes: Modes;
  readonly #maxEntries: number;
  #window: HotWindow;
  #condition: Condition;
  #rebuild: Rebuild | null = null;

  constructor(
    { store, own, modes }: { store: TimelineStore; own: ViewerState; modes: Modes },
    owner: UserId,
    maxEntries: number,
  ) {
    this.#store = store;
    this.#own = own;
    this.#modes = modes;
    this.#maxEntries = maxEntries;
    this.#condition = store.condition();
    this.#window = this.#openWindow(store.chunks.windowState() ?? emptyState(0));
    this.#deeds = new EngagementRecorder(own, () => this.#window);
    this.view = new TimelineView({ store, own, modes }, owner, () => this.#window);
  }

  get warm(): boolean {
    return this.#condition.warm;
  }

  get seq(): number {
    return this.#window.state.seq;
  }

  /**
   * Takes in changes. Entries of authors not followed are refused, which settles every race of an
   * unfollow with fan-out; a tombstone beats a create that comes later.
   * @param watched whether somebody has the timeline open
   * @returns the frames for open pages, or null if the timeline is cold and keeps nothing
   */
  deliver(changes: readonly Delivery[], nowMs: number, watched: boolean): Frame[] | null {
    this.#forgetIfDormant(nowMs, watched);
    const frames: Frame[] = [];
    for (const change of changes) {
      if (change.kind === "remove") frames.push(...this.#remove(change.id, nowMs));
      else if (change.kind === "unrepost") frames.push(...this.#unrepost(change, nowMs));
      else if (this.warm) frames.push(...this.#arrive(change.entry, change.epoch ?? 0, nowMs));
      else this.#buffer(change.entry, change.epoch ?? 0);
    }
    if (this.warm) this.#flush();
    return this.warm || this.#rebuild !== null ? frames : null;
  }

  /**
   * Brings an edge in step. After an unfollow nothing of the author is left; after a follow the
   * caller reads what the author wrote above `horizon` and hands it to `backfill`, unless it is null,
   * for the author is pulled.
   */
  setFollow(change: FollowChange): { horizon: Id | null; frames: Frame[] } | null {
    const { author, version, following, mode } = change;
    const known = this.#store.follow(author);
    if (known !== null && known.version > version) return null;
    if (!this.warm) {
      // A rebuild under way may have read the follows before this one changed: it starts over.
      this.#rebuild = null;
      // No seed names whom the owner does not follow, so the note of when that ended is made here.
      if (!following) {
        this.#store.saveFollow({ author, version, active: false });
        this.view.noteFollow(author, false);
      }
      return null;
    }
    const frames: Frame[] = [];
    this.#beginEpoch(author, mode ?? NEVER_PULLED);
    if (known?.version !== version) {
      this.#store.saveFollow({ author, version, active: following });
      this.view.noteFollow(author, following);
      // An edge that was active and is so again was off in between without this timeline being told,
      // so neither was it told what its author deleted meanwhile: the backfill brings what is left.
      if (known?.active === true) {
        this.#giveUp(author);
        frames.push({ type: "resync" });
      }
      this.#flush();
    }
    const pulled = isPulled(this.#modes.epochOf(author));
    return { horizon: pulled ? null : this.#window.state.horizon, frames };
  }

  /**
   * An author has crossed the threshold. From an odd epoch on they are pulled, and what was pushed is
   * given up. For an even one the window takes in deliveries from now on, and the caller reads what
   * the author wrote above `horizon` and hands it to `fill`; until then the author is pulled.
   */
  setEpoch(author: UserId, mode: PullMode, nowMs: number, watched: boolean): Cold | EpochBegun {
    this.#forgetIfDormant(nowMs, watched);
    if (!this.warm) {
      // A rebuild under way may have read the epochs before this one began: it starts over.
      this.#rebuild = null;
      return COLD;
    }
    this.#beginEpoch(author, mode);
    const awaits = this.#modes.awaits(author, mode.epoch);
    return { status: "applied", horizon: awaits ? this.#window.state.horizon : null };
  }

  /**
   * Ends an author being pulled, with what the store has of them. Its cut-off is the window's too.
   * News of the author that are still on their way through the live tree find nobody listening from
   * now on, so open pages are asked to read again.
   */
  fill({ author, epoch, slice }: Fill): Frame[] {
    if (!this.warm || !this.#modes.awaits(author, epoch)) return [];
    for (const entry of oldestFirst(slice.entries)) this.#insert(entry, epoch);
    this.#window.raiseHorizon(slice.horizon);
    this.#modes.fill(author);
    this.#window.forgetHistory();
    this.#flush();
    return [{ type: "resync" }];
  }

  /** Merges what an author wrote before they were followed. Its cut-off is the window's too. */
  backfill({ author, version, slice }: Backfill): Frame[] {
    const known = this.#store.follow(author);
    if (!this.warm || known?.active !== true || known.version !== version) return [];
    const before = this.#window.state.seq;
    for (const entry of oldestFirst(slice.entries)) this.#insert(entry, Infinity);
    this.#window.raiseHorizon(slice.horizon);
    this.#modes.fill(author);
    if (this.#window.state.seq === before) return [];
    this.#window.forgetHistory();
    this.#flush();
    return [{ type: "resync" }];
  }

  /**
   * Starts to keep deliveries for a seed that is about to be read from the store.
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
    this.#store.chunks.dropAllChunks();
    this.#store.replaceFollows(seed.followees);
    this.#modes.replaceAll(seed.modes);
    this.view.forgetFollows();
    const posts = seed.slice.entries.map((entry) => entry.post.id);
    this.#own.seed({ ...seed, posts });
    // Numbers go on above all that were given before, even if storage was lost: they follow the clock.
    const state = emptyState(Math.max(this.#window.state.seq + 1, nowMs));
    state.horizon = seed.slice.horizon;
    this.#window = this.#openWindow(state);
    for (const entry of oldestFirst(seed.slice.entries)) this.#insert(entry, Infinity);
    for (const { entry, epoch } of rebuild.deliveries) this.#insert(entry, epoch);
    this.#window.forgetHistory();
    this.#rebuild = null;
    this.#condition = { warm: true, readAtMs: nowMs };
    this.#window.flush();
    this.#saveState();
    return [{ type: "resync" }];
  }

  /** Makes the timeline cold: the store has what it no longer keeps. */
  forget(): Frame[] {
    this.#rebuild = null;
    if (!this.warm) return [];
    this.#store.chunks.dropAllChunks();
    this.#window = this.#openWindow(emptyState(this.#window.state.seq + 1));
    this.#condition = { ...this.#condition, warm: false };
    this.#saveState();
    return [{ type: "resync" }];
  }

  /**
   * The owner reacted to a post. A cold timeline has nothing to remember, but a rebuild under way
   * may have read the store before: it starts over.
   */
  setReaction(reaction: OwnReaction, about: PostTraits | null, nowMs: number): void {
    if (!this.warm) {
      this.#rebuild = null;
      return;
    }
    if (this.#own.setReaction(reaction)) this.#deeds.react(reaction, about, nowMs);
  }

  /** A mute or block changed; what a page shows follows from it when the page is read. */
  setRelation(relation: OwnRelation): Frame[] {
    if (!this.warm) {
      this.#rebuild = null;
      return [];
    }
    if (!this.#own.setRelation(relation)) return [];
    this.#window.forgetHistory();
    this.#flush();
    return [{ type: "resync" }];
  }

  /** Remembers what the store says the owner did to some posts. */
  learn(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    if (this.warm) this.#own.learn(posts, reactions);
  }

  /** What the owner has seen; see `EngagementRecorder`. */
  recordImpressions(report: Report, nowMs: number): PostId[] {
    return this.#deeds.recordImpressions(report, nowMs);
  }

  /** The part of the window that a page needs. */
  read(ask: WindowQuery, nowMs: number): WindowPage {
    this.#noteRead(nowMs);
    return this.view.read(ask);
  }

  /** What of the window has the best prospects. */
  shortlist(nowMs: number): Shortlist {
    this.#noteRead(nowMs);
    return this.view.shortlist(nowMs);
  }

  #noteRead(nowMs: number): void {
    if (nowMs - this.#condition.readAtMs > READ_NOTED_EVERY_MS) {
      this.#condition.readAtMs = nowMs;
      this.#saveState();
    }
  }

  #arrive(entry: Entry, epoch: number, nowMs: number): Frame[] {
    const before = this.seq;
    const frames = this.#insert(entry, epoch);
    if (this.seq > before) this.#deeds.arrive(entry, this.view.owner, nowMs);
    return frames;
  }

  #insert(entry: Entry, epoch: number): Frame[] {
    const author = entryAuthor(entry);
    if (author !== this.view.owner) {
      if (this.#store.follow(author)?.active !== true) return [];
      if (!this.#modes.accepts(author, epoch)) return [];
    }
    if (this.#store.isTombstoned(entry.id, entry.post.id)) return [];
    const seq = this.#window.insert(entry);
    if (seq === null || !this.view.isShown(entry)) return [];
    return [this.view.postFrame(seq, entry)];
  }

  #remove(id: Id, nowMs: number): Frame[] {
    if (this.#store.isTombstoned(id)) return [];
    const seq = this.#window.remove((entry) => entry.post.id === id, id);
    this.#bury({ id, seq, post: id }, nowMs);
    return [{ type: "delete", seq, postId: id }];
  }

  /**
   * A repost goes, and what an earlier repost or the original would have shown comes back: below
   * the top, where no frame can put it, so pages read again. If nothing comes back, a post goes.
   */
  #unrepost({ id, post }: { id: Id; post: PostId }, nowMs: number): Frame[] {
    if (this.#store.isTombstoned(id)) return [];
    const seq = this.#window.remove((entry) => entry.id === id, id);
    this.#bury({ id, seq, post }, nowMs);
    // Somebody who is pulled may have brought it too.
    if (!this.view.stands(post) && this.view.pulled().length === 0)
      return [{ type: "delete", seq, postId: post }];
    this.#window.forgetHistory();
    return [{ type: "resync" }];
  }

  #bury(tombstone: Tombstone, nowMs: number): void {
    this.#window.raiseFloor(this.#store.pruneTombstones(nowMs - TOMBSTONE_TTL_MS));
    this.#store.saveTombstone(tombstone, nowMs);
  }

  #buffer(entry: Entry, epoch: number): void {
    if (this.#rebuild === null) return;
    this.#rebuild.deliveries.push({ entry, epoch });
    if (this.#rebuild.deliveries.length > REBUILD_BUFFER_MAX_CHANGES) this.#rebuild = null;
  }

  /** Drops what the window holds of an author. */
  #giveUp(author: UserId): void {
    this.#window.remove((entry) => entryAuthor(entry) === author);
    this.#window.forgetHistory();
  }

  /** Notes a newer epoch; what was pushed before is given up where the author was pushed so far. */
  #beginEpoch(author: UserId, mode: PullMode): void {
    if (!this.#modes.begin(author, mode) || !isPulled(mode.epoch)) return;
    this.#giveUp(author);
    this.#flush();
  }

  /** A timeline that nobody has read for long costs nothing more, until it is read again. */
  #forgetIfDormant(nowMs: number, watched: boolean): void {
    if (!this.warm || watched || nowMs - this.#condition.readAtMs <= DORMANT_AFTER_MS) return;
    this.forget();
  }

  #openWindow(state: WindowState): HotWindow {
    return new HotWindow(this.#store.chunks, state, this.#maxEntries);
  }

  #flush(): void {
    if (!this.#window.flush()) this.#saveState();
  }

  #saveState(): void {
    this.#store.saveState(this.#condition, this.#window.state);
  }
}
