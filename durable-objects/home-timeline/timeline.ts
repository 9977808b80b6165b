/**
 * What a home timeline knows and how it changes, without its sockets: every change returns the
 * frames that tell open pages about it. A cold timeline accepts nothing, because a cache that
 * missed something can't know what; it is filled by `beginRebuild`, reading the store, `seed`.
 */
import { type Change, type Entry, entryAuthor } from "../../feed/entry.ts";
import { belongs, showOnce, type Viewer } from "../../feed/filter.ts";
import { emptyState, HotWindow, oldestFirst } from "../../feed/hot-window.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/jobs.ts";
import {
  DORMANT_AFTER_MS,
  READ_NOTED_EVERY_MS,
  REBUILD_BUFFER_MAX_CHANGES,
  REPLAY_MAX_CHANGES,
  TOMBSTONE_TTL_MS,
} from "../../feed/limits.ts";
import type { Slice } from "../../feed/merge.ts";
import { presentEntry } from "../../feed/present.ts";
import type { Frame } from "../../feed/wire.ts";
import type { Condition, TimelineStore, Tombstone } from "./store.ts";
import type { OwnReaction, OwnRelation, ViewerOfPost, ViewerState } from "./viewer-state.ts";

/** What a rebuild hands over: everything the store knows, read after `beginRebuild`. */
export interface Seed {
  token: string;
  followees: readonly { user: UserId; version: number }[];
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
}

/** What the store knew of a newly followed author, read after the timeline accepted them. */
export interface Backfill {
  author: UserId;
  version: number;
  slice: Slice;
}

/** Which part of the window a page needs. */
export interface Ask {
  /** Where the scroll began; null for a scroll that begins now. */
  top: Id | null;
  /** Entries below this id; null from the top. */
  below: Id | null;
  limit: number;
}

interface Rebuild {
  token: string;
  /** What was delivered while the store was being read; in memory, like the rebuild itself. */
  entries: Entry[];
}

/** A page's part of the window, and what the owner did to the posts on it. */
export interface WindowPage extends Slice {
  viewerOf: Record<PostId, ViewerOfPost>;
  /** Posts of which only the store knows what the owner did to them. */
  unknown: PostId[];
}

export class Timeline {
  readonly #store: TimelineStore;
  readonly #own: ViewerState;
  readonly #maxEntries: number;
  readonly #viewer: Viewer;
  #window: HotWindow;
  #condition: Condition;
  #followees: Set<UserId> | null = null;
  #rebuild: Rebuild | null = null;

  constructor(store: TimelineStore, own: ViewerState, owner: UserId, maxEntries: number) {
    this.#store = store;
    this.#own = own;
    this.#maxEntries = maxEntries;
    this.#condition = store.condition();
    this.#window = new HotWindow(store, store.windowState() ?? emptyState(0), maxEntries);
    this.#viewer = {
      id: owner,
      follows: (user) => this.#follows(user),
      hides: (user) => this.#own.hides(user),
    };
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
  deliver(changes: readonly Change[], nowMs: number, watched: boolean): Frame[] | null {
    const dormant = this.warm && !watched && nowMs - this.#condition.readAtMs > DORMANT_AFTER_MS;
    if (dormant) this.forget();
    const frames: Frame[] = [];
    for (const change of changes) {
      if (change.kind === "remove") frames.push(...this.#remove(change.id, nowMs));
      else if (change.kind === "unrepost") frames.push(...this.#unrepost(change, nowMs));
      else if (this.warm) frames.push(...this.#insert(change.entry));
      else this.#buffer(change.entry);
    }
    if (this.warm) this.#flush();
    return this.warm || this.#rebuild !== null ? frames : null;
  }

  /**
   * Brings an edge in step. After an unfollow nothing of the author is left; after a follow the
   * caller reads what the author wrote above `horizon` and hands it to `backfill`.
   */
  setFollow(change: FollowChange): { horizon: Id; frames: Frame[] } | null {
    const { author, version, following } = change;
    const known = this.#store.follow(author);
    if (known !== null && known.version > version) return null;
    if (!this.warm) {
      // A rebuild under way may have read the follows before this one changed: it starts over.
      this.#rebuild = null;
      // No seed names whom the owner does not follow, so the note of when that ended is made here.
      if (!following) this.#store.saveFollow({ author, version, active: false });
      return null;
    }
    const frames: Frame[] = [];
    if (known?.version !== version) {
      this.#store.saveFollow({ author, version, active: following });
      if (following) this.#followees?.add(author);
      else this.#followees?.delete(author);
      // An edge that was active and is so again was off in between without this timeline being told,
      // so neither was it told what its author deleted meanwhile: the backfill brings what is left.
      if (known?.active === true) {
        this.#window.remove((entry) => entryAuthor(entry) === author);
        this.#window.forgetHistory();
        frames.push({ type: "resync" });
      }
      this.#flush();
    }
    return { horizon: this.#window.state.horizon, frames };
  }

  /** Merges what an author wrote before they were followed. Its cut-off is the window's too. */
  backfill({ author, version, slice }: Backfill): Frame[] {
    const known = this.#store.follow(author);
    if (!this.warm || known?.active !== true || known.version !== version) return [];
    const before = this.#window.state.seq;
    for (const entry of oldestFirst(slice.entries)) this.#insert(entry);
    this.#window.raiseHorizon(slice.horizon);
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
    this.#rebuild ??= { token: newToken, entries: [] };
    return this.#rebuild.token;
  }

  /** Fills a cold timeline. @returns null if the rebuild it belongs to is over: begin again */
  seed(seed: Seed, nowMs: number): Frame[] | null {
    const rebuild = this.#rebuild;
    if (rebuild === null || rebuild.token !== seed.token) return null;
    this.#store.dropAllChunks();
    this.#store.replaceFollows(seed.followees);
    this.#followees = null;
    const posts = seed.slice.entries.map((entry) => entry.post.id);
    this.#own.seed({ ...seed, posts });
    // Numbers go on above all that were given before, even if storage was lost: they follow the clock.
    const state = emptyState(Math.max(this.#window.state.seq + 1, nowMs));
    state.horizon = seed.slice.horizon;
    this.#window = new HotWindow(this.#store, state, this.#maxEntries);
    for (const entry of oldestFirst([...seed.slice.entries, ...rebuild.entries])) {
      this.#insert(entry);
    }
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
    this.#store.dropAllChunks();
    const state = emptyState(this.#window.state.seq + 1);
    this.#window = new HotWindow(this.#store, state, this.#maxEntries);
    this.#condition = { ...this.#condition, warm: false };
    this.#saveState();
    return [{ type: "resync" }];
  }

  /**
   * The owner reacted to a post. A cold timeline has nothing to remember, but a rebuild under way
   * may have read the store before: it starts over.
   */
  setReaction(reaction: OwnReaction): void {
    if (this.warm) this.#own.setReaction(reaction);
    else this.#rebuild = null;
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

  /** Remembers what the owner has seen. */
  attend(report: { id: Id; items: readonly Impression[] }, nowMs: number): void {
    const authors = new Map<PostId, UserId>();
    for (const { entry } of this.#window.entries()) {
      authors.set(entry.post.id, entry.post.author.id);
    }
    this.#own.attend(report, (post) => authors.get(post), nowMs);
  }

  /** The part of the window that a page needs, filtered, with each original once. */
  read(ask: Ask, nowMs: number): WindowPage {
    if (nowMs - this.#condition.readAtMs > READ_NOTED_EVERY_MS) {
      this.#condition.readAtMs = nowMs;
      this.#saveState();
    }
    const slice = this.#slice(ask);
    const viewerOf: Record<PostId, ViewerOfPost> = {};
    const unknown: PostId[] = [];
    for (const { post } of slice.entries) {
      const viewer = this.#own.of(post.id);
      if (viewer === null) unknown.push(post.id);
      else viewerOf[post.id] = viewer;
    }
    return { ...slice, viewerOf, unknown };
  }

  #slice(ask: Ask): Slice {
    const shown = new Set<Id>();
    const entries: Entry[] = [];
    for (const { entry } of this.#window.entries(ask.top ?? undefined)) {
      if (!belongs(entry, this.#viewer) || showOnce([entry], shown).length === 0) continue;
      if (ask.below !== null && entry.id >= ask.below) continue;
      entries.push(entry);
      if (entries.length === ask.limit) return { entries, horizon: entry.id };
    }
    return { entries, horizon: this.#window.state.horizon };
  }

  /** Whom the owner follows, muted ones too: a reply to somebody muted still belongs. */
  followees(): UserId[] {
    return [...this.#loadFollowees()];
  }

  /** The frames a page missed since change `since`, in order; `resync` if that can't be told. */
  replay(since: number): Frame[] {
    const { seq, floor } = this.#window.state;
    if (since < floor || since > seq) return [{ type: "resync" }];
    const posts = this.#window
      .after(since)
      .filter((stamped) => belongs(stamped.entry, this.#viewer))
      .map((stamped): Frame & { seq: number } => this.#postFrame(stamped.seq, stamped.entry));
    const deletes = this.#store
      .tombstonesAfter(since)
      .map((gone) => ({ type: "delete" as const, seq: gone.seq, postId: gone.post }));
    const frames = [...posts, ...deletes].sort((a, b) => a.seq - b.seq);
    return frames.length > REPLAY_MAX_CHANGES ? [{ type: "resync" }] : frames;
  }

  #insert(entry: Entry): Frame[] {
    const author = entryAuthor(entry);
    if (author !== this.#viewer.id && this.#store.follow(author)?.active !== true) return [];
    if (this.#store.isTombstoned(entry.id, entry.post.id)) return [];
    const seq = this.#window.insert(entry);
    if (seq === null || !belongs(entry, this.#viewer)) return [];
    return [this.#postFrame(seq, entry)];
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
    const stands = [...this.#window.entries()].some(
      ({ entry }) => entry.post.id === post && belongs(entry, this.#viewer),
    );
    if (!stands) return [{ type: "delete", seq, postId: post }];
    this.#window.forgetHistory();
    return [{ type: "resync" }];
  }

  #bury(tombstone: Tombstone, nowMs: number): void {
    this.#window.raiseFloor(this.#store.pruneTombstones(nowMs - TOMBSTONE_TTL_MS));
    this.#store.saveTombstone(tombstone, nowMs);
  }

  #buffer(entry: Entry): void {
    if (this.#rebuild === null) return;
    this.#rebuild.entries.push(entry);
    if (this.#rebuild.entries.length > REBUILD_BUFFER_MAX_CHANGES) this.#rebuild = null;
  }

  #flush(): void {
    if (!this.#window.flush()) this.#saveState();
  }

  #saveState(): void {
    this.#store.saveState(this.#condition, this.#window.state);
  }

  #postFrame(seq: number, entry: Entry): Frame & { seq: number } {
    const viewer = this.#own.of(entry.post.id) ?? undefined;
    return { type: "post", seq, item: presentEntry(entry, this.#viewer.id, { viewer }) };
  }

  #follows(user: UserId): boolean {
    return this.#followees?.has(user) ?? this.#store.follow(user)?.active === true;
  }

  #loadFollowees(): Set<UserId> {
    this.#followees ??= new Set(this.#store.followees());
    return this.#followees;
  }
}
